package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// topologyFile keeps the topology in the data directory from one run to the
// next. It is a cache: a start without it follows the state from position 0,
// and with it from where it stands.
type topologyFile struct {
	path    string
	topo    *graph.Topology
	history incarnated
	log     *slog.Logger
	// projection is what positions count; 0: it is not known, and nothing is
	// kept.
	projection int64
	saved      catalog.Position
}

// incarnated names a projection (state/sqlite.History).
type incarnated interface {
	Incarnation(ctx context.Context) (int64, error)
}

// saveEvery is how often a topology that moved is saved, beside at a stop.
const saveEvery = 10 * time.Minute

func topologyPath(data string) string { return filepath.Join(data, "topology.snapshot") }

func newTopologyFile(data string, topo *graph.Topology, h incarnated, log *slog.Logger) *topologyFile {
	return &topologyFile{path: topologyPath(data), topo: topo, history: h, log: log.With("component", "topology")}
}

// dropTopologyFile forgets what was kept.
func dropTopologyFile(data string) error {
	if err := os.Remove(topologyPath(data)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("drop topology: %w", err)
	}
	return nil
}

// load reads what was kept, for a state at position end. What cannot be used is
// said and removed: it must not seem usable later.
func (f *topologyFile) load(ctx context.Context, end catalog.Position) {
	var err error
	if f.projection, err = f.history.Incarnation(ctx); err != nil {
		f.log.Warn("the topology is not kept between starts", "error", err)
		return
	}
	start := time.Now()
	b, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil {
		err = f.topo.Restore(b, f.projection, end)
	}
	if err != nil {
		f.log.Warn("the topology is made anew: what was kept of it is not used", "file", f.path, "error", err)
		_ = os.Remove(f.path) // else the next save writes over it
		return
	}
	f.saved, _ = f.topo.Position(ctx) // a topology knows its position
	f.log.Debug("topology read", "position", f.saved, "bytes", len(b), "took", time.Since(start).Round(time.Millisecond))
}

// Run saves now and then, and at the end.
func (f *topologyFile) Run(ctx context.Context) error {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			f.save(context.WithoutCancel(ctx))
			return nil
		case <-tick.C:
			f.save(ctx)
		}
	}
}

// save writes the file anew, unless it stands where the topology does.
func (f *topologyFile) save(ctx context.Context) {
	pos, _ := f.topo.Position(ctx)
	if f.projection == 0 || pos == f.saved {
		return
	}
	pos, err := f.write()
	if err != nil {
		f.log.Warn("the topology could not be saved: the next start takes longer", "file", f.path, "error", err)
		return
	}
	f.saved = pos
}

// write puts a whole file in the place of the old one.
func (f *topologyFile) write() (pos catalog.Position, err error) {
	tmp, err := os.Create(f.path + ".tmp")
	if err != nil {
		return 0, err
	}
	defer func() {
		if err = errors.Join(err, tmp.Close()); err != nil {
			_ = os.Remove(tmp.Name())
			return
		}
		err = os.Rename(tmp.Name(), f.path)
	}()
	w := bufio.NewWriterSize(tmp, 1<<20)
	if pos, err = f.topo.Save(w, f.projection); err != nil {
		return 0, err
	}
	return pos, errors.Join(w.Flush(), tmp.Sync())
}

// WaitFor returns when what answers of the present has passed pos.
func (w *plant) WaitFor(ctx context.Context, pos catalog.Position) error {
	if err := w.toMemory.WaitFor(ctx, pos); err != nil {
		return err
	}
	if _, dropped := w.topology.Size(); dropped {
		return w.toGraph.WaitFor(ctx, pos)
	}
	return nil
}

// owned gives the edges of an asset from the state: no store lists them.
func (w *plant) owned(id catalog.AssetID) []catalog.Edge {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	row, _, err := w.history.Row(ctx, id)
	if err != nil {
		w.log.Warn("read what a job states", "job", id, "error", err)
	}
	return row.Edges
}
