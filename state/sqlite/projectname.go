package sqlite

import "github.com/weirhq/weir/catalog"

// name makes sure a name is known and returns it. observed says that a
// producer used it as a dataset or job, rather than only as evidence.
func (b *batch) name(n catalog.Name, at int64, observed bool) (nameRec, error) {
	r := b.h.names.get(n)
	if !r.known() {
		return b.newName(n, at, observed)
	}
	was, known := r.firstSeen.Load(), r.observed.Load()
	if at >= was && (known || !observed) {
		return r, nil
	}
	earlier := at < was
	r.see(min(at, was), known || observed)
	b.dirtyName(r)
	if err := b.exec(b.st.putName, r.pk, n.Type, n.Namespace, n.Name, min(at, was), known || observed); err != nil {
		return r, err
	}
	if !earlier {
		return r, nil
	}
	return r, b.normalised(n, at) // its canonical form is as old as it is
}

// newName files the name and, when its canonical form differs, the evidence
// that both are one.
func (b *batch) newName(n catalog.Name, at int64, observed bool) (nameRec, error) {
	r, changed := b.h.names.add(n, at, observed)
	b.fresh[r.pk] = true
	b.filed[r.pk] = []catalog.StampedProperty{}
	b.regrouped(changed)
	b.dirtyName(r)
	if err := b.exec(b.st.putName, r.pk, n.Type, n.Namespace, n.Name, at, observed); err != nil {
		return r, err
	}
	return r, b.normalised(n, at)
}

func (b *batch) normalised(n catalog.Name, at int64) error {
	canonical, rule := b.h.naming.Normalise(n)
	return b.evidence(catalog.AliasFact{From: n, To: canonical, Origin: catalog.OriginNormalised, Detail: rule}, at)
}

func (b *batch) aliases(f *catalog.Facts, at int64) error {
	for _, a := range f.Aliases {
		if err := b.evidence(a, at); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) evidence(a catalog.AliasFact, at int64) error {
	if a.From == a.To || a.From.Type != a.To.Type {
		return nil
	}
	from, err := b.name(a.From, at, false)
	if err != nil {
		return err
	}
	to, err := b.name(a.To, at, false)
	if err != nil {
		return err
	}
	e := catalog.Evidence{A: a.From, B: a.To, Origin: a.Origin, Detail: a.Detail, Since: fromNano(at)}
	b.regrouped(b.h.names.addEvidence(e))
	res, err := b.st.putEvidence.ExecContext(b.ctx, from.pk, to.pk, a.Origin, a.Detail, at)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	b.dirtyName(from) // the names of both show the evidence, merged or not
	b.dirtyName(to)
	return nil
}

// regrouped remembers assets whose membership changed: their rows and those
// of every job that mentions one of their names must be read again.
func (b *batch) regrouped(changed []catalog.AssetID) {
	for _, id := range changed {
		b.members[id], b.dirty[id] = true, true
	}
}

func (b *batch) dirtyName(r nameRec) { b.dirty[b.h.names.asset(r.pk)] = true }

func (b *batch) touchName(r nameRec) { b.touched[b.h.names.asset(r.pk)] = true }
