package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/embedded"
	"github.com/weirhq/weir/graph/neo4j"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/internal/stack"
	"github.com/weirhq/weir/state/sqlite"
)

// neo4jURI is the throw-away server that scripts/neo4j.sh run started: its
// graph is emptied.
func neo4jURI() (string, error) {
	uri := os.Getenv("WEIR_TEST_NEO4J_URI")
	if uri == "" {
		return "", errors.New("WEIR_TEST_NEO4J_URI is not set: run through scripts/neo4j.sh run - -- (make bench)")
	}
	return uri, nil
}

// openNeo4j gives an empty store on the throw-away server.
func openNeo4j(ctx context.Context) (*neo4j.Store, error) {
	uri, err := neo4jURI()
	if err != nil {
		return nil, err
	}
	s, err := neo4j.Open(neo4j.Options{URI: uri, Timeout: 2 * time.Minute})
	if err != nil {
		return nil, err
	}
	if err := s.Apply(ctx, graph.Change{Reset: true}); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// gather is how long weir lets changes wait for each other before Neo4j.
const gather = 50 * time.Millisecond

// neo4jIntakeRounds are not fewer, however few are asked for: the two differ
// by less than the disk does between two rounds.
const neo4jIntakeRounds = 5

// benchNeo4jIntake compares how fast events are accepted with Neo4j behind
// with how fast they are with the embedded store behind, in turns.
func benchNeo4jIntake(ctx context.Context, s settings) ([]result, error) {
	events := bodies(repeatEvents, small.Repeat)
	var with, without, ratios, caught []float64
	for range max(s.Rounds, neo4jIntakeRounds) {
		e, err := freshIntake(ctx, events)
		if err != nil {
			return nil, err
		}
		n, err := neo4jIntake(ctx, events)
		if err != nil {
			return nil, err
		}
		with, without = append(with, n.accepted), append(without, e.accepted)
		ratios, caught = append(ratios, n.accepted/e.accepted), append(caught, n.caughtUp/e.caughtUp)
	}
	return []result{{Name: "ingest.repeat.neo4j", Value: median(with), Unit: "events/s", Ratio: median(ratios), Yardstick: "the same on the embedded store",
		YardstickValue: median(without), N: len(events), Notes: fmt.Sprintf("accepted; until all have caught up %.2f", median(caught))}}, nil
}

func neo4jIntake(ctx context.Context, events [][]byte) (intake, error) {
	dir, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return intake{}, err
	}
	defer os.RemoveAll(dir)
	g, err := openNeo4j(ctx)
	if err != nil {
		return intake{}, err
	}
	st, err := stack.OpenOn(ctx, dir, g)
	if err != nil {
		return intake{}, errors.Join(err, g.Close())
	}
	w, err := startWeir(ctx, dir, st, true)
	if err != nil {
		return intake{}, err
	}
	defer w.close()
	return w.take(ctx, events)
}

// benchNeo4jRepeat projects events that repeat what is known, from the journal
// until Neo4j's cursor has passed them. None of them may write a node or a
// relationship.
func benchNeo4jRepeat(ctx context.Context, s settings) ([]result, error) {
	var rates, cpu []float64
	for range s.Rounds {
		used := cpuTime()
		rate, err := neo4jRepeat(ctx, bodies(small.Jobs(), small.Repeat), bodies(repeatEvents, func(i int) []byte { return small.Repeat(small.Jobs() + i) }))
		if err != nil {
			return nil, err
		}
		rates, cpu = append(rates, rate), append(cpu, float64((cpuTime()-used).Microseconds())/repeatEvents)
	}
	return []result{{Name: "project.repeat.neo4j", Value: median(rates), Unit: "events/s", N: repeatEvents,
		Notes: fmt.Sprintf("journal to Neo4j's cursor, 500 jobs with new runs; nothing but the cursor is written; %.0f µs CPU an event, the filling of the journal included", median(cpu))}}, nil
}

func neo4jRepeat(ctx context.Context, first, events [][]byte) (float64, error) {
	dir, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	g, err := openNeo4j(ctx)
	if err != nil {
		return 0, err
	}
	st, err := stack.OpenOn(ctx, dir, g)
	if err != nil {
		return 0, errors.Join(err, g.Close())
	}
	defer st.Close()
	path := filepath.Join(dir, "events.db")
	if err := appendAll(ctx, path, first); err != nil {
		return 0, err
	}
	if _, err := project(ctx, st, path); err != nil {
		return 0, err
	}
	if err := appendAll(ctx, path, events); err != nil {
		return 0, err
	}
	before := g.Written()
	took, err := project(ctx, st, path)
	if err != nil {
		return 0, err
	}
	if now := g.Written(); now != before {
		return 0, fmt.Errorf("a workload that repeats what is known wrote: %+v, before %+v", now, before)
	}
	return float64(len(events)) / took.Seconds(), nil
}

// appendAll files events as 64 producers at once would.
func appendAll(ctx context.Context, path string, events [][]byte) error {
	j, err := sqlite.OpenJournal(ctx, path)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	var loop errgroup.Group
	loop.Go(func() error { return j.Run(running) })
	var producers errgroup.Group
	producers.SetLimit(64)
	for _, body := range events {
		producers.Go(func() error {
			_, err := j.Append(ctx, catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: time.Now(), Body: body})
			return err
		})
	}
	err = producers.Wait()
	stop()
	return errors.Join(err, loop.Wait(), j.Close())
}

// project runs the projector and the follower of the graph store until both
// have passed the journal's end.
func project(ctx context.Context, st *stack.Stack, path string) (time.Duration, error) {
	j, err := sqlite.OpenJournal(ctx, path)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	running, stop := context.WithCancel(ctx)
	toGraph := ingest.NewFollower("graph", st.History, st.Graph, nil)
	toGraph.Gather = gather
	p := ingest.NewProjector(j, st.History, ingest.ProjectorOptions{Wake: func(ingest.Touched) { toGraph.Wake() }})
	var loops errgroup.Group
	loops.Go(func() error { return p.Run(running) })
	loops.Go(func() error { return toGraph.Run(running) })
	err = toGraph.WaitFor(ctx, j.End())
	took := time.Since(start)
	stop()
	return took, errors.Join(err, loops.Wait(), j.Close())
}

// benchNeo4jGrowth follows a state that grew by new jobs, and writes the same
// rows without weir: batch by batch, in turns.
func benchNeo4jGrowth(ctx context.Context, s settings) ([]result, error) {
	dir, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	st, err := stack.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	if err := st.Send(ctx, 256, bodies(growthEvents, small.Growth)...); err != nil {
		return nil, err
	}
	raw, err := newRawNeo4j(ctx)
	if err != nil {
		return nil, err
	}
	defer raw.close()
	var own, whole, yard, ratios []float64
	rows := 0
	for range s.Rounds + 1 { // the first one warms up
		o, err := neo4jGrowth(ctx, st.History)
		if err != nil {
			return nil, err
		}
		y, err := raw.growth(ctx, st.History)
		if err != nil {
			return nil, err
		}
		rows = o.rows
		own, whole, yard, ratios = append(own, o.rate(o.applying)), append(whole, o.rate(o.took)), append(yard, y), append(ratios, o.rate(o.applying)/y)
	}
	return []result{{Name: "project.growth.neo4j", Value: median(own[1:]), Unit: "rows/s", Ratio: median(ratios[1:]), Yardstick: "the same rows by UNWIND and MERGE, same batches",
		YardstickValue: median(yard[1:]), N: rows, Notes: fmt.Sprintf("each event a new job and new datasets; %.0f with the reading of state.db", median(whole[1:]))}}, nil
}

// grown is a follower's work: the time of all of it, and of the target alone.
type grown struct {
	graph.Store
	took, applying time.Duration
	rows           int
}

func (g *grown) rate(d time.Duration) float64 { return float64(g.rows) / d.Seconds() }

// Apply measures what the store takes.
func (g *grown) Apply(ctx context.Context, c graph.Change) error {
	start := time.Now()
	defer func() { g.applying += time.Since(start) }()
	return g.Store.Apply(ctx, c)
}

func neo4jGrowth(ctx context.Context, h *sqlite.History) (*grown, error) {
	s, err := openNeo4j(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	g := &grown{Store: s}
	f := ingest.NewFollower("graph", h, g, nil)
	before := s.Written()
	start := time.Now()
	for {
		n, err := f.RunOnce(ctx)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
	}
	now := s.Written()
	g.took, g.rows = time.Since(start), int(now.Nodes-before.Nodes+now.Relationships-before.Relationships)
	return g, nil
}

// asOfNodes is how many assets the closure has that Neo4j answers.
const asOfNodes = 50_000

// benchNeo4jAsOf walks a past that only Neo4j knows, against one query for the
// nodes and one for the edges between them.
func benchNeo4jAsOf(ctx context.Context, s settings) ([]result, error) {
	g, err := openNeo4j(ctx)
	if err != nil {
		return nil, err
	}
	defer g.Close()
	change, _, ids := bigGraph(2 * asOfNodes)
	if err := applyInParts(ctx, g, change.Rows); err != nil {
		return nil, err
	}
	raw, err := newRawNeo4j(ctx)
	if err != nil {
		return nil, err
	}
	defer raw.close()
	at := time.Now()
	var own, yard, ratios []float64
	edges := 0
	for range s.Rounds + 1 {
		start := time.Now()
		l, err := graph.Walk(ctx, g, graph.Traversal{Roots: ids[:1], Direction: graph.Downstream, Depth: 100, MaxNodes: asOfNodes, AsOf: at})
		if err != nil {
			return nil, err
		}
		o := ms(time.Since(start))
		start = time.Now()
		nodes, err := raw.closure(ctx, ids[0], at)
		if err != nil {
			return nil, err
		}
		y := ms(time.Since(start))
		if len(l.Nodes) != asOfNodes || nodes != asOfNodes {
			return nil, fmt.Errorf("%d nodes by weir, %d by the queries; want %d", len(l.Nodes), nodes, asOfNodes)
		}
		edges = len(l.Edges)
		own, yard, ratios = append(own, o), append(yard, y), append(ratios, o/y)
	}
	now, err := neo4jClosure(ctx, g, change, ids[:1], s)
	if err != nil {
		return nil, err
	}
	return []result{now, {Name: "closure.50k.neo4j.asof", Value: median(own[1:]), Unit: "ms", Ratio: median(ratios[1:]), Yardstick: "pushed-down closure and the edges between",
		YardstickValue: median(yard[1:]), N: asOfNodes, Notes: fmt.Sprintf("%d edges, hidden neighbours counted", edges)}}, nil
}

// neo4jClosure asks for what is downstream now, with Neo4j and with the embedded
// store behind, each as a server asks.
func neo4jClosure(ctx context.Context, behind graph.Store, change graph.Change, roots []catalog.AssetID, s settings) (result, error) {
	dir, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return result{}, err
	}
	defer os.RemoveAll(dir)
	plain, err := embedded.Open(ctx, filepath.Join(dir, "graph.db"))
	if err != nil {
		return result{}, err
	}
	defer plain.Close()
	if err := applyInParts(ctx, plain, change.Rows); err != nil {
		return result{}, err
	}
	var took [2][]float64
	sources := [2]graph.Current{{Topology: graph.NewTopology(), Store: behind}, {Topology: graph.NewTopology(), Store: plain}}
	for _, c := range sources {
		if err := c.Topology.Apply(ctx, change); err != nil {
			return result{}, err
		}
	}
	for range 10 * s.Rounds {
		for i, c := range sources {
			d, err := timed(func() error {
				got, err := graph.Reach(ctx, c, graph.Traversal{Roots: roots, Direction: graph.Downstream, Depth: 100, MaxNodes: asOfNodes})
				if err == nil && len(got.Reached) != asOfNodes {
					err = fmt.Errorf("%d nodes, want %d", len(got.Reached), asOfNodes)
				}
				return err
			})
			if err != nil {
				return result{}, err
			}
			took[i] = append(took[i], d)
		}
	}
	return result{Name: "closure.50k.neo4j", Value: median(took[0]), Unit: "ms", Ratio: medianRatio(took[0], took[1]), Yardstick: "the embedded store behind",
		YardstickValue: median(took[1]), N: len(took[0]), Notes: "the set with distances, as it is now"}, nil
}

// applyInParts fills a store with rows.
func applyInParts(ctx context.Context, g graph.Store, rows []graph.Row) error {
	pos := catalog.Position(0)
	for part := range slices.Chunk(rows, 2000) {
		if err := g.Apply(ctx, graph.Change{After: pos, Position: pos + 1, Rows: part}); err != nil {
			return err
		}
		pos++
	}
	return nil
}

const (
	hubReaders   = 100_000
	smallReaders = 40
)

// benchNeo4jMerge lets a hub of 100,000 edges and a small dataset become one,
// under the id of the small one: all jobs have new rows. What moves is counted.
func benchNeo4jMerge(ctx context.Context, _ settings) ([]result, error) {
	g, err := openNeo4j(ctx)
	if err != nil {
		return nil, err
	}
	defer g.Close()
	hub, little := benchAsset(catalog.TypeDataset, 0), benchAsset(catalog.TypeDataset, 1)
	hub.Names, little.Names = []catalog.KnownName{{Name: hub.Name}}, []catalog.KnownName{{Name: little.Name}}
	jobs := func(in func(i int) catalog.AssetID) (rows []graph.Row) {
		for i := range hubReaders + smallReaders {
			job := benchAsset(catalog.TypeJob, i)
			rows = append(rows, graph.Row{Asset: job, Edges: []catalog.Edge{{Type: catalog.EdgeReads, Source: in(i), Target: job.ID, Origin: catalog.EdgeObserved, From: time.Unix(1, 0)}}})
		}
		return rows
	}
	apart := jobs(func(i int) catalog.AssetID {
		if i < hubReaders {
			return hub.ID
		}
		return little.ID
	})
	if err := applyInParts(ctx, g, append(apart, graph.Row{Asset: hub}, graph.Row{Asset: little})); err != nil {
		return nil, err
	}
	little.Names = append(little.Names, hub.Names...)
	one := append(jobs(func(int) catalog.AssetID { return little.ID }), graph.Row{Asset: little})
	pos, err := g.Position(ctx)
	if err != nil {
		return nil, err
	}
	before := g.Written()
	start := time.Now()
	if err := g.Apply(ctx, graph.Change{After: pos, Position: pos + 1, Rows: one, Removed: []catalog.AssetID{hub.ID}}); err != nil {
		return nil, err
	}
	took := time.Since(start)
	return []result{{Name: "merge.hub100k", Value: float64(g.Written().Relationships - before.Relationships), Unit: "writes", N: hubReaders,
		Notes: fmt.Sprintf("relationships made and deleted when a dataset with %d readers takes in one with %d, in %s", smallReaders, hubReaders, took.Round(time.Millisecond))}}, nil
}
