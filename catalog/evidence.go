package catalog

import (
	"iter"
	"time"
)

// Evidence is one AliasFact as filed: a stated reason to hold two names for
// one asset.
type Evidence struct {
	A, B   Name
	Origin NameOrigin
	Detail string
	Since  time.Time
}

// filed reports whether the very evidence is held. That it was first filed for
// an earlier or later time makes no other.
func (r *Resolver) filed(a, b uint32, e Evidence) bool {
	origin, detail := r.words.Find(string(e.Origin)), r.words.Find(e.Detail)
	if origin == 0 || detail == 0 {
		return false
	}
	for n := range r.ends.All(r.groups.At(a).links) {
		if l := r.links.At(*n); l.a == a && l.b == b && l.origin == origin && l.detail == detail {
			return true
		}
	}
	return false
}

// flatLink is evidence without pointers, as it is kept: names and words by
// number. since is in nanoseconds, 0 for the zero time.
type flatLink struct {
	a, b, origin, detail uint32
	merges               bool
	since                int64
}

// statedLink is evidence as the rules read it.
type statedLink struct {
	a, b   NameID
	Origin NameOrigin
	Detail string
	// merges: it may, if nothing speaks against it.
	merges bool
}

func (r *Resolver) link(a, b uint32, e Evidence) {
	l := flatLink{a: a, b: b, origin: r.words.Number(string(e.Origin)), detail: r.words.Number(e.Detail), merges: e.mayMerge()}
	if !e.Since.IsZero() {
		l.since = e.Since.UnixNano()
	}
	n := r.links.Add(l)
	r.ends.Add(&r.groups.At(a).links, n)
	r.ends.Add(&r.groups.At(b).links, n)
}

// evidence goes through the links of a name, from either end, in the order they
// were filed in.
func (r *Resolver) evidence(id NameID) iter.Seq[statedLink] {
	return func(yield func(statedLink) bool) {
		number := r.names.Find(id)
		if number == 0 {
			return
		}
		for n := range r.ends.All(r.groups.At(number).links) {
			if !yield(r.stated(*r.links.At(*n))) {
				return
			}
		}
	}
}

func (r *Resolver) stated(l flatLink) statedLink {
	return statedLink{a: r.names.ID(l.a), b: r.names.ID(l.b),
		Origin: NameOrigin(r.words.At(l.origin)), Detail: r.words.At(l.detail), merges: l.merges}
}

// filedAs is the evidence as it was filed.
func (r *Resolver) filedAs(l flatLink) Evidence {
	e := Evidence{A: r.names.Name(l.a), B: r.names.Name(l.b), Origin: NameOrigin(r.words.At(l.origin)), Detail: r.words.At(l.detail)}
	if l.since != 0 {
		e.Since = time.Unix(0, l.since).UTC()
	}
	return e
}

// named gives the name with the id; the zero name when it is not known.
func (r *Resolver) named(id NameID) Name {
	if n := r.names.Find(id); n != 0 {
		return r.names.Name(n)
	}
	return Name{}
}

// mayMerge: a rename never does, and neither does a symlink of a name that
// unrelated things share.
func (e Evidence) mayMerge() bool {
	switch e.Origin {
	case OriginRename:
		return false
	case OriginSymlink:
		return !neverThrough(e.A) && !neverThrough(e.B)
	}
	return true
}

// shortName: one end is the short form of the other.
func (e Evidence) shortName() bool { return shortNamed(e.Origin, e.Detail) }

func (l statedLink) shortName() bool { return shortNamed(l.Origin, l.Detail) }

func shortNamed(o NameOrigin, detail string) bool {
	return o == OriginNormalised && detail == DetailShort
}

// strong evidence holds whatever else is claimed.
func (l statedLink) strong() bool {
	return l.merges && l.Origin != OriginSymlink && !l.shortName()
}

// other is the end that is not the given one.
func (l statedLink) other(id NameID) NameID {
	if l.a != id {
		return l.a
	}
	return l.b
}
