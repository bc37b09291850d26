package catalog

import "github.com/weirhq/weir/catalog/flat"

// Names numbers the names that are known. There may be millions, they stay for
// as long as the process lives, and every event asks for some: so they are kept
// flat (package flat), which costs the garbage collector nothing. It is not safe
// for concurrent use. The zero value is empty.
type Names struct {
	// byID holds no pointers, so the collector passes it by too.
	byID       map[NameID]uint32
	rows       flat.List[flatName]
	names      flat.Texts
	namespaces flat.Words // many names have one
}

// flatName is a Name without pointers.
type flatName struct {
	id        NameID
	name      flat.Text
	namespace uint32
	kind      AssetType
}

// Add gives the number of a name, and whether it is new. Numbers begin with 1.
func (s *Names) Add(n Name) (number uint32, added bool) {
	id := n.ID()
	if number, ok := s.byID[id]; ok {
		return number, false
	}
	if s.byID == nil {
		s.byID = map[NameID]uint32{}
	}
	number = s.rows.Add(flatName{id, s.names.Add(n.Name), s.namespaces.Number(n.Namespace), n.Type})
	s.byID[id] = number
	return number, true
}

// Find gives the number of the name with the id; 0 when it is not known.
func (s *Names) Find(id NameID) uint32 { return s.byID[id] }

// Len is how many names are known: their numbers are 1 to Len.
func (s *Names) Len() int { return s.rows.Len() }

// ID gives the id of the name with the number.
func (s *Names) ID(number uint32) NameID { return s.rows.At(number).id }

// Type gives the type of the name with the number.
func (s *Names) Type(number uint32) AssetType { return s.rows.At(number).kind }

// Name gives the name with the number. Its texts are not copied.
func (s *Names) Name(number uint32) Name {
	row := s.rows.At(number)
	return Name{Type: row.kind, Namespace: s.namespaces.At(row.namespace), Name: s.names.At(row.name)}
}

// Namespaces lists each namespace that a name of the type has, in no order.
func (s *Names) Namespaces(t AssetType) []string {
	has := make([]bool, s.namespaces.Len()+1)
	for number := range s.Len() {
		if row := s.rows.At(uint32(number + 1)); row.kind == t {
			has[row.namespace] = true
		}
	}
	var out []string
	for number, ok := range has {
		if ok {
			out = append(out, s.namespaces.At(uint32(number)))
		}
	}
	return out
}
