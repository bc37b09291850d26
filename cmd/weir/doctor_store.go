package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph/embedded"
	"github.com/weirhq/weir/graph/search"
	"github.com/weirhq/weir/state/sqlite"
)

// checkStore looks whether the stores of the data directory are whole and their
// laws hold. A server may run on them: what is read of one after the other is
// compared so that what comes in meanwhile breaks nothing.
func checkStore(ctx context.Context, _ *app, cfg Config) []finding {
	state := filepath.Join(cfg.Data, "state.db")
	if _, err := os.Stat(state); err != nil {
		return nil // checkData has said so
	}
	var out []finding
	graph := filepath.Join(cfg.Data, "graph.db")
	graphAt, found := checkGraphStore(ctx, graph)
	out = append(out, found...)
	stateAt, found := checkState(ctx, state)
	out = append(out, found...)
	strange := strangers(ctx, cfg)
	out = append(out, strange...)
	if graphAt > stateAt && len(strange) == 0 {
		out = append(out, finding{"graph store", "fail", fmt.Sprintf("it is at %s, ahead of the state at %s that it follows", graphAt, stateAt), "weir rebuild"})
	}
	return append(out, checkJournal(ctx, cfg, stateAt)...)
}

// strangers are the stores beside the state that count positions of another
// projection: a rebuild or a restore did not reach them.
func strangers(ctx context.Context, cfg Config) (out []finding) {
	own, err := sqlite.ProjectionOf(ctx, filepath.Join(cfg.Data, "state.db"))
	if err != nil || own == 0 { // checkState says what is wrong with it
		return nil
	}
	for _, s := range []struct {
		what, file string
		of         func(context.Context, string) (int64, error)
	}{{"graph store", "graph.db", embedded.ProjectionOf}, {"search", "search.db", search.ProjectionOf}} {
		path := filepath.Join(cfg.Data, s.file)
		if _, err := os.Stat(path); err != nil {
			continue
		}
		id, err := s.of(ctx, path)
		if err == nil && id != 0 && id != own {
			out = append(out, stranger(s.what))
		}
	}
	return out
}

func stranger(what string) finding {
	return finding{what, "warn", "it follows another projection of the journal than the state: a rebuild or a restore did not reach it", "the next start fills it anew; nothing is lost"}
}

func checkGraphStore(ctx context.Context, path string) (catalog.Position, []finding) {
	at, broken, err := embedded.CheckLaws(ctx, path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return 0, nil
	case err != nil && canWrite(filepath.Dir(path)) != nil:
		return 0, notLooked("graph store", path, err)
	case err != nil:
		return 0, []finding{{"graph store", "fail", err.Error(), "it follows from the state: stop weir, remove graph.db and start again"}}
	case len(broken) == 0:
		return at, []finding{{"graph store", "ok", fmt.Sprintf("whole, at position %s", at), ""}}
	}
	var out []finding
	for _, b := range broken {
		out = append(out, finding{"graph store", "fail", b, "it follows from the state: stop weir, remove graph.db and start again"})
	}
	return at, out
}

// notLooked: to read a store takes an index beside its log, which the database
// makes where it may write.
func notLooked(what, path string, err error) []finding {
	return []finding{{what, "warn", "not looked at, as nothing may be written in " + filepath.Dir(path) + ": " + err.Error(), "let weir write there, or look at a copy: weir doctor --data COPY"}}
}

func checkState(ctx context.Context, path string) (catalog.Position, []finding) {
	at, broken, err := sqlite.CheckLaws(ctx, path)
	if err != nil && canWrite(filepath.Dir(path)) != nil {
		return at, notLooked("state", path, err)
	}
	if err != nil {
		return at, []finding{{"state", "fail", err.Error(), "weir restore brings a backup back; weir rebuild makes all but decisions and actions anew from the journal"}}
	}
	if len(broken) == 0 {
		return at, []finding{{"state", "ok", fmt.Sprintf("whole, at position %s", at), ""}}
	}
	var out []finding
	for _, b := range broken {
		out = append(out, finding{"state", "fail", fmt.Sprintf("it does not hold that %s: %s", b.Says, count(b.Times, "exception", "exceptions")), "weir rebuild makes it anew from the journal"})
	}
	return at, out
}

// checkJournal reads every entry.
func checkJournal(ctx context.Context, cfg Config, stateAt catalog.Position) []finding {
	j, err := sqlite.ReadJournal(ctx, filepath.Join(cfg.Data, "events.db"))
	if err != nil && canWrite(cfg.Data) != nil {
		return notLooked("journal", filepath.Join(cfg.Data, "events.db"), err)
	}
	if err != nil {
		return []finding{result("journal", "", catalog.WithHint(err, "weir restore brings a backup back"))}
	}
	defer j.Close() //nolint:errcheck // only read
	var out []finding
	bad := func(says, fix string) { out = append(out, finding{"journal", "fail", says, fix}) }
	if err := j.Check(ctx); err != nil {
		bad(err.Error(), "weir goes on behind what is damaged; a backup may have it whole: weir restore")
	}
	broken, err := j.Damaged(ctx)
	if err != nil {
		bad(err.Error(), "look at the disk")
	}
	if len(broken) > 0 {
		bad(fmt.Sprintf("%s cannot be read as written, the first at %s: %s", count(len(broken), "entry", "entries"), broken[0].Position, broken[0].Flags[0].Message), "weir dlq list shows them; a backup may have them whole: weir restore")
	}
	if stateAt > j.End() {
		bad(fmt.Sprintf("it ends at %s, but entries up to %s were projected: its end was lost", j.End(), stateAt), "the next start goes on behind them; weir restore, when a backup has more")
	}
	if len(out) == 0 {
		out = append(out, finding{"journal", "ok", fmt.Sprintf("every entry from %s to %s is as it was written", j.First(), j.End()), ""})
	}
	return append(out, checkSnapshots(ctx, cfg, j.First())...)
}

// checkSnapshots: what retention took from the journal is in a snapshot that is
// what was written.
func checkSnapshots(ctx context.Context, cfg Config, first catalog.Position) (out []finding) {
	list, err := sqlite.Snapshots(snapshotDir(cfg.Data))
	if err != nil {
		return []finding{{"snapshots", "fail", err.Error(), "look at the rights of " + snapshotDir(cfg.Data)}}
	}
	covered, unsealed, whole := first == 1, 0, 0
	for _, s := range list {
		sealed, err := s.Check(ctx)
		switch {
		case errors.Is(err, os.ErrNotExist): // retention was faster
		case err != nil:
			out = append(out, finding{"snapshots", "fail", err.Error(), "look at the disk, and make a backup now: the state does not need it, a rebuild goes on to the one before; weir restore brings back that of a backup"})
		default:
			whole++
			covered = covered || s.Position+1 >= first
			if !sealed {
				unsealed++
			}
		}
	}
	if !covered {
		out = append(out, finding{"journal", "fail", fmt.Sprintf("it begins at %s, and no snapshot reaches that: nothing can be rebuilt", first), "the state is good; make a backup now, and restore the snapshots of an older one"})
	}
	if whole > 0 {
		says := count(whole, "snapshot is", "snapshots are") + " whole"
		if unsealed > 0 {
			says += fmt.Sprintf(", %d of them of an earlier weir without a checksum, which retention adds", unsealed)
		}
		out = append(out, finding{"snapshots", "ok", says, ""})
	}
	return out
}
