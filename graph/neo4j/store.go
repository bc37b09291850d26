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
		c.MaxTransactionRetryTime = 15 * time.Second
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
	s.ready = true
	return nil
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
	return catalog.Position(offset.(int64)), nil
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

// errApplied says that the store is at or past the change.
var errApplied = errors.New("applied before")

// Apply replaces the rows of the change in one transaction with the cursor. A
// commit whose answer was lost is settled by reading the cursor.
func (s *Store) Apply(ctx context.Context, c graph.Change) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	if c.Reset {
		if err := s.auto(ctx, statement("wipe"), nil); err != nil {
			return s.wrap("wipe", err)
		}
	}
	sess := s.session(ctx, neo4j.AccessModeWrite)
	defer sess.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the result decides
	_, err := neo4j.ExecuteWrite(ctx, sess, func(tx neo4j.ManagedTransaction) (struct{}, error) {
		return struct{}{}, s.apply(ctx, tx, c)
	})
	if err == nil || errors.Is(err, errApplied) {
		return nil
	}
	if errors.Is(err, graph.ErrGap) {
		return err
	}
	if pos, perr := s.Position(ctx); perr == nil && pos == c.Position {
		return nil // committed, the answer was lost
	}
	return s.wrap("apply change "+c.Position.String(), err)
}

func (s *Store) apply(ctx context.Context, tx neo4j.ManagedTransaction, c graph.Change) error {
	w := &writer{ctx: ctx, tx: tx}
	offset, err := w.lock()
	switch {
	case err != nil:
		return err
	case c.Reset:
	case c.Position <= offset:
		return errApplied
	case c.After != offset:
		return fmt.Errorf("%w: store at %s, change follows %s", graph.ErrGap, offset, c.After)
	}
	w.rows(c)
	w.run("set_cursor", map[string]any{"offset": int64(c.Position)})
	return w.err
}

// writer runs the statements of one change and keeps the first error.
type writer struct {
	ctx context.Context
	tx  neo4j.ManagedTransaction
	err error
}

func (w *writer) lock() (catalog.Position, error) {
	res, err := w.tx.Run(w.ctx, statement("lock_cursor"), nil)
	if err != nil {
		return 0, err
	}
	rec, err := res.Single(w.ctx)
	if err != nil {
		return 0, err
	}
	offset, _ := rec.Get("offset")
	return catalog.Position(offset.(int64)), nil
}

func (w *writer) run(name string, params map[string]any) {
	if w.err != nil {
		return
	}
	res, err := w.tx.Run(w.ctx, statement(name), params)
	if err == nil {
		_, err = res.Consume(w.ctx)
	}
	if err != nil {
		w.err = fmt.Errorf("%s: %w", name, err)
	}
}

// batch is how many rows one statement takes.
const batch = 1000

func each[T any](w *writer, statement, param string, rows []T) {
	for part := range slices.Chunk(rows, batch) {
		w.run(statement, map[string]any{param: part})
	}
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
	each(w, "drop_edges", "rows", drops)
	each(w, "drop_flows", "rows", drops)
	each(w, "remove_assets", "keys", removed)
	e.write(w)
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
		row := map[string]any{"key": key, "owner": r.Asset.ID.String(), "from": edge.From.UnixNano(), "to": end(edge.To), "run": edge.Run, "body": string(body)}
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

func end(t time.Time) int64 {
	if t.IsZero() {
		return math.MaxInt64
	}
	return t.UnixNano()
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
		"key": a.ID.String(), "type": int64(a.Type), "namespace": a.Name.Namespace, "name": a.Name.Name, "internal": a.Internal,
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
