package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
)

// tape is a log in memory; entry i says its own position.
type tape struct {
	mu      sync.Mutex
	entries []Entry
}

func (t *tape) grow(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for range n {
		pos := catalog.Position(len(t.entries) + 1)
		t.entries = append(t.entries, Entry{Position: pos, Kind: EntryEvent, Body: fmt.Append(nil, pos)})
	}
}

func (t *tape) End() catalog.Position {
	t.mu.Lock()
	defer t.mu.Unlock()
	return catalog.Position(len(t.entries))
}

// tapePage bounds what one call of After gives.
const tapePage = 1 << 20

func (t *tape) After(_ context.Context, pos catalog.Position, limit int) ([]Entry, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	rest, n, bytes := t.entries[min(int(pos), len(t.entries)):], 0, 0
	for n < min(limit, len(rest)) && bytes < tapePage {
		bytes += len(rest[n].Body)
		n++
	}
	return slices.Clone(rest[:n]), nil
}

func (t *tape) Operators(context.Context, catalog.Position, int) ([]Entry, error) { return nil, nil }
func (t *tape) Changed(catalog.Position) <-chan struct{}                          { return nil }

// quote makes facts of an entry that say what its body says.
func quote(e Entry) Projected {
	return Projected{Position: e.Position, Facts: &catalog.Facts{Producer: string(e.Body)}}
}

// troubled is a state store with a durable list of what was filed. Each call
// meets one trouble, which says whether it strikes before or after the commit.
type troubled struct {
	filed   []Projected
	poison  map[catalog.Position]bool
	trouble func() error
	during  func()
}

var errDied = errors.New("the process died")

func (*troubled) ParkedEntry(context.Context, catalog.Position) (Entry, error) {
	return Entry{}, catalog.ErrNotFound
}

func (s *troubled) Position(context.Context) (catalog.Position, error) {
	return catalog.Position(len(s.filed)), nil
}

func (s *troubled) Project(_ context.Context, batch []Projected) (Touched, error) {
	s.during()
	for _, e := range batch {
		if s.poison[e.Position] && e.ParkCode == "" {
			return Touched{}, catalog.ErrPoison
		}
	}
	err := s.trouble()
	if err == nil || errors.Is(err, errDied) { // it died after the commit
		s.filed = append(s.filed, batch...)
	}
	return Touched{}, err
}

// TestEachIsFiledOnceInOrder: whatever fails, dies or is refused at whichever
// batch, while the log grows behind what was read ahead, each entry is filed once
// and in its place, as the log has it.
func TestEachIsFiledOnceInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := &tape{}
		log.grow(rapid.IntRange(0, 3*maxBatch).Draw(t, "entries"))
		state := &troubled{poison: map[catalog.Position]bool{}, during: func() {}}
		state.trouble = func() error {
			return rapid.SampledFrom([]error{nil, nil, nil, errDown, errDied}).Draw(t, "trouble")
		}
		for range rapid.IntRange(0, 3).Draw(t, "poisons") {
			state.poison[catalog.Position(rapid.IntRange(1, 3*maxBatch).Draw(t, "poison"))] = true
		}
		life := func() *Projector {
			p := NewProjector(log, state, ProjectorOptions{})
			p.read = quote
			at, _ := state.Position(t.Context())
			p.advance(at)
			return p
		}
		p := life()
		for calls := 0; p.Position() < log.End(); calls++ {
			if calls < 12 {
				log.grow(rapid.SampledFrom([]int{0, 0, 1, maxBatch}).Draw(t, "more"))
			} else {
				state.trouble = func() error { return nil }
			}
			if _, err := p.RunOnce(t.Context()); errors.Is(err, errDied) {
				p = life()
			}
		}
		for i, e := range state.filed {
			want := catalog.Position(i + 1)
			switch {
			case e.Position != want:
				t.Fatalf("place %s holds entry %s of %d", want, e.Position, len(state.filed))
			case state.poison[want] != (e.ParkCode == ParkProjection):
				t.Fatalf("entry %s: %+v", want, e)
			case e.Facts != nil && e.Facts.Producer != fmt.Sprint(want):
				t.Fatalf("entry %s says %s", want, e.Facts.Producer)
			}
		}
		if got := catalog.Position(len(state.filed)); got != log.End() {
			t.Fatalf("%s entries are filed of %s", got, log.End())
		}
	})
}

// TestNextIsReadMeanwhile: the filing of a full batch ends only when an entry of
// the next one was interpreted, so one that waits for the other never ends.
func TestNextIsReadMeanwhile(t *testing.T) {
	log := &tape{}
	log.grow(maxBatch + 1)
	read, once := make(chan struct{}), sync.Once{}
	state := &troubled{trouble: func() error { return nil }, during: func() {
		select {
		case <-read:
		case <-time.After(time.Minute):
			t.Error("nothing was read while a batch was filed")
		}
	}}
	p := NewProjector(log, state, ProjectorOptions{})
	p.read = func(e Entry) Projected {
		if e.Position > maxBatch {
			once.Do(func() { close(read) })
		}
		return quote(e)
	}
	if n, err := p.RunOnce(t.Context()); n != maxBatch || err != nil {
		t.Fatalf("%d entries, %v", n, err)
	}
	if n, err := p.RunOnce(t.Context()); n != 1 || err != nil || p.Position() != maxBatch+1 {
		t.Errorf("then %d entries, %v, at %s", n, err, p.Position())
	}
}

// TestUnfiledIsNotReadAgain: while the store takes nothing, no entry is read and
// interpreted twice.
func TestUnfiledIsNotReadAgain(t *testing.T) {
	log, down := &tape{}, errDown
	log.grow(maxBatch + 1)
	state := &troubled{trouble: func() error { return down }, during: func() {}}
	p, read := NewProjector(log, state, ProjectorOptions{}), 0
	p.read = func(e Entry) Projected { read++; return quote(e) }
	for range 3 {
		if _, err := p.RunOnce(t.Context()); !errors.Is(err, errDown) {
			t.Fatal(err)
		}
	}
	down = nil
	for p.Position() < log.End() {
		if _, err := p.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if read != maxBatch+1 || len(state.filed) != read {
		t.Errorf("%d entries were read and %d filed, of %d", read, len(state.filed), log.End())
	}
}

// TestLargeEventsMakeSmallBatches: the memory of a batch is bounded by what its
// events weigh, whatever those before them weighed.
func TestLargeEventsMakeSmallBatches(t *testing.T) {
	heaviest := make([]byte, 1+maxBatchBytes/8)
	most := maxBatchBytes + tapePage + len(heaviest) // one page and one event too many
	for name, weigh := range map[string]func(i int) int{
		"all large":        func(int) int { return maxBatchBytes / 8 },
		"all middling":     func(int) int { return maxBatchBytes / pageSize },
		"large after tiny": func(i int) int { return 1 + i/maxBatch*maxBatchBytes/8 },
	} {
		log := &tape{}
		log.grow(2 * maxBatch)
		for i := range log.entries {
			log.entries[i].Body = heaviest[:weigh(i)]
		}
		state := &troubled{trouble: func() error { return nil }, during: func() {}}
		p := NewProjector(log, state, ProjectorOptions{})
		p.read = func(e Entry) Projected { return Projected{Position: e.Position, Facts: &catalog.Facts{}} }
		for batches := 1; p.Position() < log.End(); batches++ {
			began := p.Position()
			if _, err := p.RunOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
			held := 0
			for _, e := range log.entries[began:p.Position()] {
				held += len(e.Body)
			}
			if held > most {
				t.Errorf("%s: batch %d holds %d bytes", name, batches, held)
			}
		}
	}
}

// TestWhatComesInMeanwhileWaits: entries that come in while a batch is read are of
// the next one, so that the first ones wait for no others.
func TestWhatComesInMeanwhileWaits(t *testing.T) {
	log := &tape{}
	log.grow(3)
	state := &troubled{trouble: func() error { return nil }, during: func() {}}
	p := NewProjector(log, state, ProjectorOptions{})
	p.read = func(e Entry) Projected { log.grow(1); return quote(e) }
	if n, err := p.RunOnce(t.Context()); err != nil || p.Position() != 3 {
		t.Errorf("a batch of %d entries, to %s, %v; 3 were there when it began", n, p.Position(), err)
	}
}
