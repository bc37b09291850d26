package policies

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// ladder is a history of floors of two tables each: every run reads both tables
// of the floor below. Version and run of a table are called as it is.
type ladder struct {
	History
	read int
}

const floors = 24 // 2^24 paths

var ladderStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func rung(floor, side int) catalog.AssetID { return catalog.AssetID{1, byte(floor), byte(side)} }

func (l *ladder) version(id catalog.AssetID) catalog.Version {
	at := ladderStart.Add(time.Duration(id[1]) * time.Hour)
	return catalog.Version{Asset: id, Dataset: rungName(id), Run: catalog.RunKey{Job: rungName(id), RunID: "1"}, RunStartedAt: at, ProducedAt: at}
}

func rungName(id catalog.AssetID) catalog.Name {
	return catalog.Name{Type: catalog.TypeDataset, Namespace: "db", Name: fmt.Sprint(id[1], ".", id[2])}
}

func (l *ladder) Resolve(_ context.Context, n catalog.Name) (id catalog.AssetID, seen bool, err error) {
	id[0] = 1
	_, err = fmt.Sscanf(n.Name, "%d.%d", &id[1], &id[2])
	return id, true, err
}

func (l *ladder) Assets(_ context.Context, ids []catalog.AssetID) (out []catalog.Asset, err error) {
	for _, id := range ids {
		out = append(out, catalog.Asset{ID: id, Name: rungName(id)})
	}
	return out, nil
}

func (l *ladder) Versions(_ context.Context, q VersionQuery) ([]catalog.Version, error) {
	l.read++
	return []catalog.Version{l.version(q.Dataset)}, nil
}

func (l *ladder) Runs(ctx context.Context, q RunQuery) ([]catalog.Run, error) {
	run := catalog.Run{Key: q.Keys[0]}
	id, _, err := l.Resolve(ctx, run.Key.Job)
	if floor := int(id[1]); floor > 0 {
		run.Inputs = []catalog.Name{rungName(rung(floor-1, 0)), rungName(rung(floor-1, 1))}
	}
	return []catalog.Run{run}, err
}

func (l *ladder) Follow(_ context.Context, id catalog.AssetID) (catalog.AssetID, error) {
	return id, nil
}

func (l *ladder) Canonical(_ context.Context, id catalog.AssetID) (catalog.AssetID, error) {
	return id, nil
}

func (l *ladder) LastLook(context.Context, catalog.AssetID, time.Time) (Look, error) {
	return Look{}, nil
}

// TestAWatermarkIsReadOnce: the paths to a root are many, the versions on them
// few, also where nothing can be kept as events go on coming in.
func TestAWatermarkIsReadOnce(t *testing.T) {
	for _, c := range []struct {
		name string
		kept bool
	}{{"nothing happens meanwhile", true}, {"everything is touched meanwhile", false}} {
		t.Run(c.name, func(t *testing.T) {
			h := &ladder{}
			r := newReader(t.Context(), h)
			r.memo = newMarks()
			side := r.aside()
			if !c.kept {
				r.memo.note(catalog.Touched{Regrouped: true})
			}
			top := h.version(rung(floors, 0))
			got, err := r.watermark(top, 0)
			if err != nil || !got.at.Equal(ladderStart) {
				t.Fatalf("the watermark is %v, %v; want %v", got.at, err, ladderStart)
			}
			if h.read > 2*2*floors {
				t.Errorf("%d versions were asked for, of %d reads of runs", h.read, 2*2*floors)
			}
			if kept := r.memo.get(markKey(top)) != nil; kept != c.kept {
				t.Errorf("kept: %v, want %v", kept, c.kept)
			}
			pin, ok, err := r.recalledPin(top, rung(0, 1))
			if err != nil || !ok || pin == nil || pin.Asset != rung(0, 1) {
				t.Errorf("the pin of a root is %v, %v, %v", pin, ok, err)
			}
			if side != r.filling {
				t.Error("what was read is as of another batch")
			}
		})
	}
}

// ring is a history in which two tables read one another, and the second a root.
type ring struct{ ladder }

func (l *ring) Runs(ctx context.Context, q RunQuery) ([]catalog.Run, error) {
	reads := map[catalog.AssetID][]catalog.Name{
		rung(1, 0): {rungName(rung(1, 1))},
		rung(1, 1): {rungName(rung(1, 0)), rungName(rung(0, 0))},
	}
	id, _, err := l.Resolve(ctx, q.Keys[0].Job)
	return []catalog.Run{{Key: q.Keys[0], Inputs: reads[id]}}, err
}

// TestEachWalkOfACircleBeginsAnew: what one walk came to on its way round is not
// what the next one begins with.
func TestEachWalkOfACircleBeginsAnew(t *testing.T) {
	for name, memo := range map[string]*marks{"remembered": newMarks(), "read": nil} {
		t.Run(name, func(t *testing.T) {
			h := &ring{}
			r := newReader(t.Context(), h)
			r.memo = memo
			for _, side := range []int{1, 0, 1} {
				if got, err := r.watermark(h.version(rung(1, side)), 0); err != nil || !got.at.Equal(ladderStart) {
					t.Errorf("the watermark of %d is %v, %v; want the root's, %v", side, got.at, err, ladderStart)
				}
			}
		})
	}
}

// TestAWatermarkIsOfTheAssetThatAVersionIsOf: when a dataset becomes one asset with
// what its run read, that is its own and left out. Who still holds the version of
// the time before says nothing to who reads it anew.
func TestAWatermarkIsOfTheAssetThatAVersionIsOf(t *testing.T) {
	for name, memo := range map[string]*marks{"remembered": newMarks(), "read": nil} {
		t.Run(name, func(t *testing.T) {
			h := &ladder{}
			r := newReader(t.Context(), h)
			r.memo = memo
			before := h.version(rung(1, 0))
			now := before
			now.Asset = rung(0, 0)
			for _, v := range []catalog.Version{before, now, before} {
				got, err := r.watermark(v, 0)
				if err != nil {
					t.Fatal(err)
				}
				if own := v.Asset == rung(0, 0); own == (got.asset == rung(0, 0)) {
					t.Errorf("of %v the oldest root is %v", v.Asset, got.asset)
				}
			}
		})
	}
}

// glanced is a history of one root, which somebody looked at an hour after its
// version was first said to be done, when there was data of that hour.
type glanced struct{ ladder }

func (l *glanced) LastLook(_ context.Context, _ catalog.AssetID, upTo time.Time) (Look, error) {
	if at := ladderStart.Add(time.Hour); !upTo.Before(at) {
		return Look{At: at, DataTime: at}, nil
	}
	return Look{}, nil
}

// TestAWatermarkIsOfWhenAVersionWasDone: a run that ends again is done later, so
// that another look counts. Who still holds the version as it was does not say
// what it comes to now.
func TestAWatermarkIsOfWhenAVersionWasDone(t *testing.T) {
	for name, memo := range map[string]*marks{"remembered": newMarks(), "read": nil} {
		t.Run(name, func(t *testing.T) {
			h := &glanced{}
			r := newReader(t.Context(), h)
			r.memo = memo
			v := h.version(rung(0, 0))
			for _, after := range []time.Duration{0, 2 * time.Hour, 0} {
				v.ProducedAt = ladderStart.Add(after)
				if got, err := r.watermark(v, 0); err != nil || !got.at.Equal(ladderStart.Add(min(after, time.Hour))) {
					t.Errorf("the watermark of what was done after %s is %v, %v", after, got.at, err)
				}
			}
		})
	}
}

// TestAgeIsReadWhereItIsAsked: what lies behind an input is read for policies that
// ask how old its data is, and for no others.
func TestAgeIsReadWhereItIsAsked(t *testing.T) {
	for _, c := range []struct {
		name, require, rest string
		read                bool
	}{
		{"updated", "require: updated", "", false},
		{"a bound on its own age", "require: updated", "want: { max_lag: 2h }", false},
		{"fresh", "require: { fresh: 2h }", "", true},
		{"fresh as a condition", "require: updated", "ready: { all: [ { fresh: all, within: 2h } ] }", true},
		{"of one time", "require: exists", "ready: { all: [ { any: [ { same_time: all, within: 1h }, self_idle ] } ] }", true},
		{"a deadline", "require: updated", "want: { by: { cron: \"0 6 * * *\", tz: UTC, covers: 24h } }", true},
		{"the deadlines of consumers", "require: updated", "want: inherit", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, err := Parse("p.yaml", fmt.Appendf(nil, "kind: Policy\nname: p\nselect: { asset: \"dataset:db/mart\" }\ninputs:\n  \"dataset:db/%s\": { trigger: true, %s }\n%s\n",
				rungName(rung(floors, 0)).Name, c.require, c.rest))
			if err != nil {
				t.Fatal(err)
			}
			h := &ladder{}
			g := &Gatherer{History: h}
			r := newReader(t.Context(), h)
			r.memo = newMarks()
			v, err := g.input(t.Context(), r, list[0].Inputs[0], &Snapshot{dated: list[0].asksAge()})
			if err != nil || v.Newest == nil {
				t.Fatalf("%+v, %v", v, err)
			}
			if read := !v.Watermark.IsZero(); read != c.read || read && !v.Watermark.Equal(ladderStart) {
				t.Errorf("the watermark is %v; to be read: %v", v.Watermark, c.read)
			}
			if deep := h.read > floors; deep != c.read {
				t.Errorf("%d versions were asked for; to be read: %v", h.read, c.read)
			}
		})
	}
}
