package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// operator files a person's statement under every name it mentions and lets it
// have its effect: on what is one asset, and on declared edges. Its effect on
// the rows themselves is found when they are read.
func (b *batch) operator(pos catalog.Position, op catalog.OperatorFact) error {
	body, err := json.Marshal(op)
	if err != nil {
		return err
	}
	if err := b.exec(b.st.addOperator, int64(pos), body, op.Verb, op.Actor); err != nil {
		return err
	}
	for _, n := range op.Mentions() {
		r, err := b.name(n, nano(op.At), false)
		if err != nil {
			return err
		}
		if err := b.exec(b.st.putCuration, r.pk, int64(pos)); err != nil {
			return err
		}
		r.curated.Store(true)
	}
	if err := b.consequences(op); err != nil {
		return err
	}
	for _, n := range op.Mentions() {
		b.dirtyName(b.h.names.get(n))
	}
	return nil
}

// consequences are those that reach beyond the rows of the names mentioned.
func (b *batch) consequences(op catalog.OperatorFact) error {
	_, names := op.Identity()
	edges := op.Verb == catalog.OperatorDeclare || op.Verb == catalog.OperatorUndeclare
	undo := op.Verb == catalog.OperatorUndo
	if !names && !edges && !undo {
		return nil
	}
	list, err := b.statementsAround(op)
	if err != nil {
		return err
	}
	if names || undo {
		b.identify(list)
	}
	if edges || undo {
		return b.declaredBy(list)
	}
	return nil
}

// statementsAround are all statements that mention a name op is about.
func (b *batch) statementsAround(op catalog.OperatorFact) ([]catalog.Statement, error) {
	var list []catalog.Statement
	for _, n := range slices.Concat(op.Names, op.Rest) {
		s, err := readStatements(b.ctx, b.conn, b.h.names.get(n).pk)
		if err != nil {
			return nil, err
		}
		list = append(list, s...)
	}
	return catalog.Settle(list), nil
}

// identify tells the resolver which merges and splits stand.
func (b *batch) identify(settled []catalog.Statement) {
	var stand, gone []catalog.OperatorFact
	for _, s := range settled {
		op, ok := s.Fact.Identity()
		switch {
		case ok && s.Standing():
			stand = append(stand, op)
		case ok:
			gone = append(gone, op)
		}
	}
	for _, op := range gone {
		b.regrouped(b.h.names.dropOperator(op))
	}
	for _, op := range stand {
		b.regrouped(b.h.names.addOperator(op))
	}
}

// declaredBy finds whose rows carry the edges that declarations state, or stated
// before: those rows change.
func (b *batch) declaredBy(settled []catalog.Statement) error {
	for _, s := range settled {
		for rel := range catalog.DeclaredRelations(s.Fact.Names[0], []catalog.Statement{{ID: s.ID, Fact: s.Fact}}) {
			if err := b.declaredEdge(rel); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *batch) declaredEdge(rel catalog.Relation) error {
	owner, other := rel.Target, rel.Source
	if rel.Type == catalog.EdgeWrites {
		owner, other = rel.Source, rel.Target
	}
	o, x := b.h.names.get(owner), b.h.names.get(other)
	b.dirtyName(o)
	return b.exec(b.st.putMention, x.pk, o.pk)
}

// readStatements reads what mentions a name, unsettled.
func readStatements(ctx context.Context, q querier, pk int64) (out []catalog.Statement, err error) {
	err = each(ctx, q, `SELECT o.position, o.body FROM curations c JOIN operators o ON o.position = c.position WHERE c.name = ?`, []any{pk},
		func(rows *sql.Rows) error {
			s, err := scanStatement(rows)
			out = append(out, s)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read statements: %w", err)
	}
	return out, nil
}

func scanStatement(rows *sql.Rows) (s catalog.Statement, err error) {
	var pos int64
	var body sql.RawBytes
	if err := rows.Scan(&pos, &body); err != nil {
		return s, err
	}
	if err := json.Unmarshal(body, &s.Fact); err != nil {
		return s, fmt.Errorf("statement %d: %w", pos, err)
	}
	s.ID, s.Position = s.Fact.ID(), catalog.Position(pos)
	return s, nil
}

// statementsOf reads what mentions one of the names, settled.
func (h *History) statementsOf(ctx context.Context, q querier, members []nameRec) ([]catalog.Statement, error) {
	var list []catalog.Statement
	for _, r := range members {
		if !r.curated.Load() {
			continue // nearly all
		}
		s, err := readStatements(ctx, q, r.pk)
		if err != nil {
			return nil, err
		}
		list = append(list, s...)
	}
	if len(list) == 0 {
		return nil, nil
	}
	return catalog.Settle(list), nil
}

// declaredEdges adds the edges of an asset's row that people declared.
func (h *History) declaredEdges(ctx context.Context, q querier, g edgeGroups, id catalog.AssetID, list []catalog.Statement) error {
	seen := map[catalog.Name]bool{}
	for _, s := range list {
		subject := s.Fact.Names[0]
		if !s.Standing() || s.Fact.Verb != catalog.OperatorDeclare || seen[subject] {
			continue
		}
		seen[subject] = true
		r := h.names.get(subject)
		if !r.known() {
			continue // newer than the names this reader holds
		}
		all, err := h.statementsOf(ctx, q, []nameRec{r})
		if err != nil {
			return err
		}
		h.addDeclared(g, id, catalog.DeclaredRelations(subject, all))
	}
	return nil
}

func (h *History) addDeclared(g edgeGroups, id catalog.AssetID, relations map[catalog.Relation][]catalog.Interval) {
	asset := func(n catalog.Name) catalog.AssetID {
		h.names.mu.RLock()
		defer h.names.mu.RUnlock()
		return h.names.resolver.Asset(n.ID())
	}
	for rel, spans := range relations {
		e := catalog.Edge{Type: rel.Type, Source: asset(rel.Source), Target: asset(rel.Target), Origin: catalog.EdgeOperator}
		if e.Owner() == id && e.Source != e.Target {
			g[e] = append(g[e], spans...)
		}
	}
}

// Statements lists all that people stated of an asset and of the names it goes
// by, oldest first; what was taken back is marked.
func (h *History) Statements(ctx context.Context, id catalog.AssetID) ([]catalog.Statement, error) {
	return h.statementsOf(ctx, h.db.read, h.names.members(id))
}

// StatementsAbout lists all that mentions one of the names, oldest first.
func (h *History) StatementsAbout(ctx context.Context, names []catalog.Name) ([]catalog.Statement, error) {
	var list []nameRec
	for _, n := range names {
		if r := h.names.get(n); r.known() {
			list = append(list, r)
		}
	}
	return h.statementsOf(ctx, h.db.read, list)
}

// StatementAt gives the statement of a journal entry.
func (h *History) StatementAt(ctx context.Context, pos catalog.Position) (s catalog.Statement, err error) {
	found := false
	err = each(ctx, h.db.read, `SELECT position, body FROM operators WHERE position = ?`, []any{int64(pos)}, func(rows *sql.Rows) (err error) {
		s, err = scanStatement(rows)
		found = true
		return err
	})
	if err != nil || !found {
		return s, firstOf(err, fmt.Errorf("statement %s: %w", pos, catalog.ErrNotFound))
	}
	around, err := h.StatementsAbout(ctx, s.Fact.Names[:1])
	for _, x := range around {
		if x.ID == s.ID {
			return x, nil
		}
	}
	return s, err
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// StatementsBy lists the statements of actors whose name begins so, oldest
// first, as they stand.
func (h *History) StatementsBy(ctx context.Context, prefix string) ([]catalog.Statement, error) {
	var list []catalog.Statement
	err := each(ctx, h.db.read, `SELECT position, body FROM operators WHERE actor >= ? AND actor < ?`, []any{prefix, prefix + "\U0010FFFF"}, func(rows *sql.Rows) error {
		s, err := scanStatement(rows)
		list = append(list, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read statements: %w", err)
	}
	names := map[catalog.Name]bool{}
	for _, s := range list {
		names[s.Fact.Names[0]] = true
	}
	undone := map[string]string{}
	for n := range names { // others may have taken them back
		around, err := h.StatementsAbout(ctx, []catalog.Name{n})
		if err != nil {
			return nil, err
		}
		for _, s := range around {
			undone[s.ID] = s.UndoneBy
		}
	}
	list = catalog.Settle(list)
	for i := range list {
		list[i].UndoneBy = undone[list[i].ID]
	}
	return list, nil
}

// LastStatement is the newest time at which anybody stated anything.
func (h *History) LastStatement(ctx context.Context) (last time.Time, err error) {
	err = each(ctx, h.db.read, `SELECT position, body FROM operators ORDER BY position DESC LIMIT 1`, nil, func(rows *sql.Rows) error {
		s, err := scanStatement(rows)
		last = s.Fact.At
		return err
	})
	if err != nil {
		return last, fmt.Errorf("read the last statement: %w", err)
	}
	return last, nil
}
