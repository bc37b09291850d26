package sqlite

import (
	"container/list"
	"context"
	"database/sql"
	"sync"
)

// readPool is the pool of readers. It keeps the statements that are asked most:
// SQLite takes longer to parse and plan a query over a few indexed rows than to
// answer it, and what decides asks a few dozen different ones, thousands of times
// a second.
type readPool struct {
	*sql.DB
	mu     sync.Mutex
	byText map[string]*list.Element // of *keptStmt
	recent *list.List               // used last first
}

// keptStmt is a statement with the number of those about to use it.
type keptStmt struct {
	text    string
	stmt    *sql.Stmt
	users   int
	dropped bool
}

const (
	// maxKept bounds the statements kept on each connection, of some 10 kB each.
	maxKept = 128
	// maxKeptText is the longest text kept: longer ones name many values, and
	// hardly ever come again with as many.
	maxKeptText = 4096
)

func newReadPool(db *sql.DB) *readPool {
	return &readPool{DB: db, byText: map[string]*list.Element{}, recent: list.New()}
}

// QueryContext is sql.DB's.
func (p *readPool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	k := p.take(ctx, query)
	if k == nil {
		return p.DB.QueryContext(ctx, query, args...)
	}
	defer p.give(k)
	return k.stmt.QueryContext(ctx, args...)
}

// QueryRowContext is sql.DB's.
func (p *readPool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	k := p.take(ctx, query)
	if k == nil {
		return p.DB.QueryRowContext(ctx, query, args...)
	}
	defer p.give(k)
	return k.stmt.QueryRowContext(ctx, args...)
}

// Close closes the statements and the connections.
func (p *readPool) Close() error {
	p.mu.Lock()
	for p.recent.Len() > 0 {
		p.dropLast()
	}
	p.mu.Unlock()
	return p.DB.Close()
}

// take gives a statement to be given back; nil when the text is better asked as
// it is, which also says what is wrong with it.
func (p *readPool) take(ctx context.Context, query string) *keptStmt {
	if len(query) > maxKeptText {
		return nil
	}
	if k := p.known(query); k != nil {
		return k
	}
	stmt, err := p.DB.PrepareContext(ctx, query)
	if err != nil {
		return nil
	}
	return p.keep(query, stmt)
}

func (p *readPool) known(query string) *keptStmt {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.byText[query]
	if at == nil {
		return nil
	}
	p.recent.MoveToFront(at)
	k := at.Value.(*keptStmt) //nolint:forcetypeassert // only these are kept
	k.users++
	return k
}

// keep remembers a statement; of one text that two prepared, the later stays.
func (p *readPool) keep(query string, stmt *sql.Stmt) *keptStmt {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := p.byText[query]; at != nil {
		p.drop(at)
	}
	k := &keptStmt{text: query, stmt: stmt, users: 1}
	p.byText[query] = p.recent.PushFront(k)
	for p.recent.Len() > maxKept {
		p.dropLast()
	}
	return k
}

// give ends a use. Rows that are still open keep what they need.
func (p *readPool) give(k *keptStmt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k.users--
	k.closeUnused()
}

func (p *readPool) dropLast() { p.drop(p.recent.Back()) }

func (p *readPool) drop(at *list.Element) {
	k := p.recent.Remove(at).(*keptStmt) //nolint:forcetypeassert // only these are kept
	delete(p.byText, k.text)
	k.dropped = true
	k.closeUnused()
}

// closeUnused closes what was dropped once nobody is about to use it. A
// statement has nothing to lose by a failed close.
func (k *keptStmt) closeUnused() {
	if k.dropped && k.users == 0 {
		_ = k.stmt.Close()
	}
}
