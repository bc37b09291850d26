package catalog

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// AssetType tells the two kinds of asset apart. OpenLineage gives datasets and
// jobs separate name spaces, so it is part of every name.
type AssetType uint8

// The asset types.
const (
	TypeDataset AssetType = 1
	TypeJob     AssetType = 2
)

// String gives the word used on the command line and in policies.
func (t AssetType) String() string {
	switch t {
	case TypeDataset:
		return "dataset"
	case TypeJob:
		return "job"
	}
	return "unknown"
}

// ParseAssetType reads what String writes, in any case.
func ParseAssetType(s string) (AssetType, error) {
	switch strings.ToLower(s) {
	case "dataset":
		return TypeDataset, nil
	case "job":
		return TypeJob, nil
	}
	return 0, fmt.Errorf("unknown asset type %q: want dataset or job", s)
}

// Name is one name of an asset, verbatim as a producer or a person wrote it
// (OpenLineage naming: namespace and name).
type Name struct {
	Type      AssetType `json:"type"`
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
}

// DatasetName and JobName make a Name of their type.
func DatasetName(namespace, name string) Name { return Name{TypeDataset, namespace, name} }

// JobName makes the name of a job.
func JobName(namespace, name string) Name { return Name{TypeJob, namespace, name} }

// String is the command line form "dataset:NAMESPACE/NAME". It is for people:
// it cannot always be split again without knowing the namespaces.
func (n Name) String() string { return n.Type.String() + ":" + n.Namespace + "/" + n.Name }

// IsZero reports whether the name is empty.
func (n Name) IsZero() bool { return n == Name{} }

// Compare orders names by type, namespace, name, bytewise.
func (n Name) Compare(o Name) int {
	if n.Type != o.Type {
		return int(n.Type) - int(o.Type)
	}
	if c := strings.Compare(n.Namespace, o.Namespace); c != 0 {
		return c
	}
	return strings.Compare(n.Name, o.Name)
}

// NameID is the 128-bit hash of a Name (semantics: names first). Equal names
// have equal ids on every machine and for ever.
type NameID [16]byte

// ID hashes the name. Lengths are part of the input, so that no two names
// share an encoding.
func (n Name) ID() NameID {
	var room [512]byte
	text := append(room[:0], byte(n.Type))
	text = strconv.AppendInt(text, int64(len(n.Namespace)), 10)
	text = append(text, 0)
	text = append(text, n.Namespace...)
	text = append(text, n.Name...)
	sum := sha256.Sum256(text)
	var id NameID
	copy(id[:], sum[:])
	return id
}

// Compare orders ids bytewise.
func (id NameID) Compare(o NameID) int { return bytes.Compare(id[:], o[:]) }

// Hex is the id in hexadecimal, for logs.
func (id NameID) Hex() string { return hex.EncodeToString(id[:]) }

// AssetID identifies an asset: the smallest NameID of its names. It can change
// when names merge or split; each NameID an asset ever had resolves to it, so
// readers treat it as opaque and old ids keep working.
type AssetID [16]byte

var idText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// String is the text form used in URLs, GraphQL and Neo4j: 26 characters of
// lower-case base32.
func (id AssetID) String() string { return idText.EncodeToString(id[:]) }

// AppendText appends the text form (encoding.TextAppender).
func (id AssetID) AppendText(b []byte) ([]byte, error) { return idText.AppendEncode(b, id[:]), nil }

// IsZero reports whether the id is unset.
func (id AssetID) IsZero() bool { return id == AssetID{} }

// Compare orders ids bytewise.
func (id AssetID) Compare(o AssetID) int { return bytes.Compare(id[:], o[:]) }

// MarshalText writes the text form.
func (id AssetID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the text form.
func (id *AssetID) UnmarshalText(b []byte) error {
	v, err := ParseAssetID(string(b))
	if err == nil {
		*id = v
	}
	return err
}

// ParseAssetID reads what String writes.
func ParseAssetID(s string) (AssetID, error) {
	var id AssetID
	if len(s) != 26 {
		return id, fmt.Errorf("asset id %q: want 26 characters", s)
	}
	b, err := idText.DecodeString(s)
	if err != nil || len(b) != len(id) {
		return id, fmt.Errorf("asset id %q: not an id weir made", s)
	}
	copy(id[:], b)
	return id, nil
}

// Position is a journal sequence number; 0 is before the first entry.
type Position uint64

// String is the decimal form used on every wire.
func (p Position) String() string { return strconv.FormatUint(uint64(p), 10) }

// ParsePosition reads what String writes.
func ParsePosition(s string) (Position, error) {
	v, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("position %q: want a decimal journal sequence", s)
	}
	return Position(v), nil
}

// SplitName lists the ways to read "NAMESPACE/NAME", likeliest first: after
// scheme://authority, else at the first slash; then at every other slash, from
// the longest namespace. A caller takes the first that is known.
func SplitName(t AssetType, text string) []Name {
	var room [8]int
	cuts, first := room[:0], -1
	if i := strings.Index(text, "://"); i >= 0 {
		if j := strings.IndexByte(text[i+3:], '/'); j >= 0 {
			first = i + 3 + j
		}
	} else {
		first = strings.IndexByte(text, '/')
	}
	if first >= 0 {
		cuts = append(cuts, first)
	}
	for i := len(text) - 1; i > 0; i-- {
		if text[i] == '/' && i != first {
			cuts = append(cuts, i)
		}
	}
	out := make([]Name, 0, max(len(cuts), 1))
	for _, i := range cuts {
		if i > 0 && i < len(text)-1 {
			out = append(out, Name{t, text[:i], text[i+1:]})
		}
	}
	if len(out) == 0 {
		out = append(out, Name{t, text, ""})
	}
	return out
}
