package neo4j

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
	"github.com/neo4j/neo4j-go-driver/v5/neo4j/config"
	"github.com/neo4j/neo4j-go-driver/v5/neo4j/notifications"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

//go:embed cypher/*.cypher
var cypher embed.FS

// statement reads one of the constant statements.
func statement(name string) string {
	b, err := cypher.ReadFile("cypher/" + name + ".cypher")
	if err != nil {
		panic(err) // a test reads every name
	}
	return string(b)
}

// Store is one Neo4j database.
type Store struct {
	driver   neo4j.DriverWithContext
	database string
	closed   atomic.Bool

	mu    sync.Mutex
	ready bool // the schema was created
	// epoch is the number this store writes under, 0 before its first change:
	// the first change of another store fences this one out.
	epoch int64
}

var _ graph.Store = (*Store)(nil)

// Options say which server.
type Options struct {
	// URI is bolt:// for a single server, neo4j:// for a cluster.
	URI            string
	User, Password string // no User: no authentication
	Database       string // "" is neo4j
}

// Open returns a store; it makes no call, so that weir starts while the server
// is down. The schema is created by the first call that succeeds.
func Open(o Options) (*Store, error) {
	auth := neo4j.NoAuth()
	if o.User != "" {
		auth = neo4j.BasicAuth(o.User, o.Password, "")
	}
	if o.Database == "" {
		o.Database = "neo4j"
	}
	driver, err := neo4j.NewDriverWithContext(o.URI, auth, func(c *config.Config) {
		// The follower tries again for ever: a long patience here would only
		// hide an outage from /readyz.
		c.MaxTransactionRetryTime = 3 * time.Second
		c.ConnectionAcquisitionTimeout = 5 * time.Second
		c.SocketConnectTimeout = 3 * time.Second
		c.ConnectionLivenessCheckTimeout = 30 * time.Second
		c.TelemetryDisabled = true
		c.NotificationsMinSeverity = notifications.DisabledLevel
		c.UserAgent = "weir"
	})
	if err != nil {
		return nil, fmt.Errorf("neo4j: %w", err)
	}
	return &Store{driver: driver, database: o.Database}, nil
}

// Close ends all connections.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	return s.driver.Close(context.Background())
}

// enter checks that the store is open and its schema stands.
func (s *Store) enter(ctx context.Context) error {
	if s.closed.Load() {
		return fmt.Errorf("neo4j graph: %w", catalog.ErrClosed)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready {
		return nil
	}
	for _, ddl := range strings.Split(statement("schema"), ";") {
		if err := s.auto(ctx, strings.TrimSpace(ddl), nil); err != nil {
			return s.wrap("create schema", err)
		}
	}
	if err := s.auto(ctx, `CALL db.awaitIndexes(300)`, nil); err != nil {
		return s.wrap("create schema", err)
	}
	if err := s.checkVersion(ctx); err != nil {
		return err
	}
	s.ready = true
	return nil
}

// schemaVersion counts changes of the model. A newer weir migrates what an
// older one wrote, by a rebuild; an older one does not touch it.
const schemaVersion = 1

func (s *Store) checkVersion(ctx context.Context) error {
	sess := s.session(ctx, neo4j.AccessModeWrite)
	defer sess.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the result decides
	found, err := neo4j.ExecuteWrite(ctx, sess, func(tx neo4j.ManagedTransaction) (int64, error) {
		return one(ctx, tx, statement("schema_version"), map[string]any{"version": int64(schemaVersion)}, "found")
	})
	if err != nil {
		return s.wrap("read schema version", err)
	}
	if found > schemaVersion {
		return catalog.WithHint(fmt.Errorf("neo4j: the graph is of schema version %d, this weir knows %d", found, schemaVersion),
			"a newer weir wrote it: start that one, or give this one a database of its own")
	}
	return nil
}

// one runs a statement that returns one integer.
func one(ctx context.Context, tx neo4j.ManagedTransaction, query string, params map[string]any, name string) (int64, error) {
	res, err := tx.Run(ctx, query, params)
	if err != nil {
		return 0, err
	}
	rec, err := res.Single(ctx)
	if err != nil {
		return 0, err
	}
	v, _ := rec.Get(name)
	n, ok := v.(int64)
	if !ok {
		return 0, fmt.Errorf("%s is %T, not an integer: somebody wrote to weir's own nodes", name, v)
	}
	return n, nil
}

func (s *Store) session(ctx context.Context, mode neo4j.AccessMode) neo4j.SessionWithContext {
	return s.driver.NewSession(ctx, neo4j.SessionConfig{DatabaseName: s.database, AccessMode: mode, FetchSize: 1000})
}

// auto runs a statement in a transaction of its own.
func (s *Store) auto(ctx context.Context, query string, params map[string]any) error {
	sess := s.session(ctx, neo4j.AccessModeWrite)
	defer sess.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the result decides
	res, err := sess.Run(ctx, query, params)
	if err != nil {
		return err
	}
	_, err = res.Consume(ctx)
	return err
}

// wrap names the operation; what is not the statement's fault is
// ErrUnavailable, with a hint.
func (s *Store) wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	var server *neo4j.Neo4jError
	if errors.As(err, &server) && !server.IsRetriableTransient() && !server.IsRetriableCluster() && !strings.HasPrefix(server.Code, "Neo.ClientError.Security") {
		return fmt.Errorf("neo4j: %s: %w", op, err)
	}
	return catalog.WithHint(fmt.Errorf("neo4j: %s: %w: %w", op, catalog.ErrUnavailable, err), "is the Neo4j server up, and are address, user and password right?")
}

// Ready reports whether the server answers.
func (s *Store) Ready(ctx context.Context) error {
	_, err := s.Position(ctx)
	return err
}

// Position is that of the last applied change.
func (s *Store) Position(ctx context.Context) (catalog.Position, error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	records, err := s.read(ctx, statement("read_cursor"), nil)
	if err != nil {
		return 0, s.wrap("read position", err)
	}
	offset, _ := records[0].Get("offset")
	pos, _ := offset.(int64)
	return catalog.Position(max(pos, 0)), nil
}

func (s *Store) read(ctx context.Context, query string, params map[string]any) ([]*neo4j.Record, error) {
	sess := s.session(ctx, neo4j.AccessModeRead)
	defer sess.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the result decides
	return neo4j.ExecuteRead(ctx, sess, func(tx neo4j.ManagedTransaction) ([]*neo4j.Record, error) {
		res, err := tx.Run(ctx, query, params)
		if err != nil {
			return nil, err
		}
		return res.Collect(ctx)
	})
}

var (
	// errApplied says that the store is at or past the change.
	errApplied = errors.New("applied before")
	// errWiping says that emptying the store began and did not end.
	errWiping = errors.New("being emptied")
)

// wiping is the offset of a store that is being emptied, which takes several
// transactions; the server sees it as -1.
const wiping = catalog.Position(math.MaxUint64)

// ErrFenced: another weir writes to this database now.
var ErrFenced = errors.New("neo4j: another weir writes to this graph")

// Apply replaces the rows of the change in one transaction with the cursor. A
// commit whose answer was lost is settled by reading the cursor.
func (s *Store) Apply(ctx context.Context, c graph.Change) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	err := s.applyOnce(ctx, c)
	if errors.Is(err, errWiping) {
		if err = s.finishWipe(ctx); err == nil {
			err = s.applyOnce(ctx, c)
		}
	}
	switch {
	case err == nil || errors.Is(err, errApplied):
		return nil
	case errors.Is(err, graph.ErrGap):
		return err
	case errors.Is(err, ErrFenced):
		return catalog.WithHint(err, "give each weir a database of its own; this one writes again after a restart")
	}
	if pos, perr := s.Position(ctx); perr == nil && pos == c.Position && !c.Reset {
		return nil // committed, the answer was lost
	}
	return s.wrap("apply change "+c.Position.String(), err)
}

// wipe empties the store in batches. The cursor says so before the first and
// until the change that follows, so that a half-empty graph passes for nothing.
func (s *Store) wipe(ctx context.Context) error {
	return s.auto(ctx, statement("wipe"), nil)
}

// finishWipe ends what a crash interrupted.
func (s *Store) finishWipe(ctx context.Context) error {
	if err := s.wipe(ctx); err != nil {
		return err
	}
	return s.transact(ctx, func(w *writer, _ catalog.Position) error { return w.cursor(0) })
}

// applyOnce runs the transaction. A reset marks the cursor in a first one.
func (s *Store) applyOnce(ctx context.Context, c graph.Change) error {
	if c.Reset {
		mark := func(w *writer, _ catalog.Position) error { return w.cursor(wiping) }
		if err := s.transact(ctx, mark); err != nil {
			return err
		}
		if err := s.wipe(ctx); err != nil {
			return err
		}
	}
	return s.transact(ctx, func(w *writer, at catalog.Position) error {
		switch {
		case c.Reset:
		case at == wiping:
			return errWiping
		case c.Position <= at:
			return errApplied
		case c.After != at:
			return fmt.Errorf("%w: store at %s, change follows %s", graph.ErrGap, at, c.After)
		}
		w.rows(c)
		return w.cursor(c.Position)
	})
}

// transact runs one write under the lock of the cursor and this store's epoch.
func (s *Store) transact(ctx context.Context, write func(*writer, catalog.Position) error) error {
	s.mu.Lock()
	mine := s.epoch
	s.mu.Unlock()
	sess := s.session(ctx, neo4j.AccessModeWrite)
	defer sess.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the result decides
	epoch, err := neo4j.ExecuteWrite(ctx, sess, func(tx neo4j.ManagedTransaction) (int64, error) {
		w := &writer{ctx: ctx, tx: tx}
		at, err := w.lock(mine)
		if err != nil {
			return 0, err
		}
		return w.epoch, write(w, at)
	})
	if err == nil {
		s.mu.Lock()
		s.epoch = epoch
		s.mu.Unlock()
	}
	return err
}

// writer runs the statements of one transaction and keeps the first error.
type writer struct {
	ctx   context.Context
	tx    neo4j.ManagedTransaction
	epoch int64
	err   error
}

// lock takes the cursor's lock and says where it stands. A store without an
// epoch takes the next one.
func (w *writer) lock(mine int64) (catalog.Position, error) {
	res, err := w.tx.Run(w.ctx, statement("lock_cursor"), nil)
	if err != nil {
		return 0, err
	}
	rec, err := res.Single(w.ctx)
	if err != nil {
		return 0, err
	}
	offset, _ := rec.Get("offset")
	epoch, _ := rec.Get("epoch")
	at, ok1 := offset.(int64)
	found, ok2 := epoch.(int64)
	switch {
	case !ok1 || !ok2:
		return 0, errors.New("the cursor is not of weir's making; weir rebuild makes the graph anew")
	case mine == 0:
		w.epoch = found + 1
	case mine != found:
		return 0, fmt.Errorf("%w: epoch %d, ours is %d", ErrFenced, found, mine)
	default:
		w.epoch = mine
	}
	return catalog.Position(at), nil
}

func (w *writer) cursor(at catalog.Position) error {
	w.run("set_cursor", map[string]any{"offset": int64(at), "epoch": w.epoch})
	return w.err
}

// run runs a statement and returns its records.
func (w *writer) run(name string, params map[string]any) []*neo4j.Record {
	if w.err != nil {
		return nil
	}
	res, err := w.tx.Run(w.ctx, statement(name), params)
	var records []*neo4j.Record
	if err == nil {
		records, err = res.Collect(w.ctx)
	}
	if err != nil {
		w.err = fmt.Errorf("%s: %w", name, err)
	}
	return records
}

// batch is how many rows one statement takes.
const batch = 1000

func each[T any](w *writer, statement, param string, rows []T) (out []*neo4j.Record) {
	for part := range slices.Chunk(rows, batch) {
		out = append(out, w.run(statement, map[string]any{param: part})...)
	}
	return out
}

// edgeStatements are the put statements by edge type; fields have their own.
var edgeStatements = map[catalog.EdgeType]string{
	catalog.EdgeReads: "put_input_to", catalog.EdgeWrites: "put_outputs", catalog.EdgeDerives: "put_derives",
	catalog.EdgeContains: "put_contains", catalog.EdgeControls: "put_controls",
}

func (w *writer) rows(c graph.Change) {
	var datasets, jobs []map[string]any
	drops := make([]map[string]any, 0, len(c.Rows)+len(c.Removed))
	e := edgeRows{byStatement: map[string][]map[string]any{}, ends: map[string]bool{}, columns: map[string]map[string]any{}}
	for _, r := range c.Rows {
		row, err := assetRow(r.Asset)
		if err != nil {
			w.err = err
			return
		}
		if r.Asset.Type == catalog.TypeJob {
			jobs = append(jobs, row)
		} else {
			datasets = append(datasets, row)
		}
		keep, err := e.add(r)
		if err != nil {
			w.err = err
			return
		}
		drops = append(drops, map[string]any{"owner": r.Asset.ID.String(), "keep": keep})
	}
	removed := make([]string, 0, len(c.Removed))
	for _, id := range c.Removed {
		removed = append(removed, id.String())
		drops = append(drops, map[string]any{"owner": id.String(), "keep": []string{}})
	}
	each(w, "put_datasets", "rows", datasets)
	each(w, "put_jobs", "rows", jobs)
	loose := slices.Concat(each(w, "drop_edges", "rows", drops), each(w, "drop_told", "rows", drops), each(w, "drop_flows", "rows", drops))
	each(w, "remove_assets", "keys", removed)
	e.write(w)
	w.sweep(loose, removed)
}

// sweep deletes the columns and bare nodes that nothing touches any more.
func (w *writer) sweep(loose []*neo4j.Record, removed []string) {
	columns, assets := map[string]bool{}, map[string]bool{}
	for _, k := range removed {
		assets[k] = true
	}
	for _, rec := range loose {
		for name, set := range map[string]map[string]bool{"column": columns, "asset": assets} {
			if v, ok := rec.Get(name); ok {
				if key, ok := v.(string); ok {
					set[key] = true
				}
			}
		}
	}
	each(w, "sweep_columns", "keys", sorted(columns))
	each(w, "sweep_assets", "keys", sorted(assets))
}

// edgeRows gathers the edges of a change by statement, sorted and without
// repeats: two rows for one key in a statement would break it.
type edgeRows struct {
	byStatement map[string][]map[string]any
	ends        map[string]bool
	columns     map[string]map[string]any
}

func (e *edgeRows) add(r graph.Row) (keep []string, err error) {
	keep = []string{}
	for _, edge := range r.Edges {
		body, err := json.Marshal(edge)
		if err != nil {
			return nil, err
		}
		key := edgeKey(r.Asset.ID, edge)
		keep = append(keep, key)
		row := map[string]any{"key": key, "owner": r.Asset.ID.String(), "from": graph.Instant(edge.From), "to": graph.InstantEnd(edge.To), "run": edge.Run, "body": string(body)}
		if edge.Source != r.Asset.ID && edge.Target != r.Asset.ID {
			row["told"] = r.Asset.ID.String() // found by this, since the owner is at neither end
		}
		e.ends[edge.Source.String()], e.ends[edge.Target.String()] = true, true
		name := edgeStatements[edge.Type]
		row["source"], row["target"] = edge.Source.String(), edge.Target.String()
		if edge.FieldLevel() {
			name = "put_col_flows"
			row["source"], row["target"] = e.column(edge.Source, edge.SourceField), e.column(edge.Target, edge.TargetField)
		}
		e.byStatement[name] = append(e.byStatement[name], row)
	}
	return keep, nil
}

// column is the key of a field's node; the empty field stands for the dataset.
func (e *edgeRows) column(asset catalog.AssetID, field string) string {
	key := hash(asset.String(), field)
	e.columns[key] = map[string]any{"key": key, "asset": asset.String(), "field": field}
	return key
}

func (e *edgeRows) write(w *writer) {
	each(w, "put_bare", "keys", sorted(e.ends))
	columns := make([]map[string]any, 0, len(e.columns))
	for _, c := range e.columns {
		columns = append(columns, c)
	}
	sortRows(columns)
	each(w, "put_columns", "rows", columns)
	for _, name := range []string{"put_input_to", "put_outputs", "put_derives", "put_contains", "put_controls", "put_col_flows"} {
		rows := e.byStatement[name]
		sortRows(rows)
		each(w, name, "rows", rows)
	}
}

func sorted(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func sortRows(rows []map[string]any) {
	slices.SortFunc(rows, func(a, b map[string]any) int { return strings.Compare(a["key"].(string), b["key"].(string)) })
}

func edgeKey(owner catalog.AssetID, e catalog.Edge) string {
	return hash(owner.String(), string(e.Type), e.Source.String(), e.Target.String(), e.SourceField, e.TargetField, e.Job.String(), fmt.Sprint(e.Ordinal))
}

func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// assetRow holds what people query by; body is the canonical row.
func assetRow(a catalog.Asset) (map[string]any, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	owners, tags := []string{}, []string{}
	for _, o := range a.Owners {
		owners = append(owners, o.Name)
	}
	for _, t := range a.Tags {
		tags = append(tags, t.Key)
	}
	return map[string]any{
		"key": a.ID.String(), "type": int64(a.Type), "namespace": a.Name.Namespace, "name": a.Name.Name, "internal": a.Internal, "ephemeral": a.Ephemeral,
		"removed": a.RemovedAt != nil, "owners": owners, "tags": tags, "description": a.Description, "kind": string(a.Kind),
		"text": searchText(a), "body": string(body),
	}, nil
}

func searchText(a catalog.Asset) string {
	var b strings.Builder
	for _, n := range a.Names {
		b.WriteString(n.Name.Namespace + "/" + n.Name.Name + "\n")
	}
	b.WriteString(a.Description + "\n")
	for _, o := range a.Owners {
		b.WriteString(o.Name + "\n")
	}
	for _, t := range a.Tags {
		b.WriteString(t.Key + "\n")
	}
	for _, f := range a.Fields {
		b.WriteString(f.Name + "\n")
	}
	return strings.ToLower(b.String())
}
