package server

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql/model"
)

// Hint says that something changed. It is never the truth: a reader asks again.
type Hint struct {
	// Kind is asset, run, decision, action, system, or resync: so much changed
	// that everything is best read anew.
	Kind string `json:"kind"`
	// ID is the GraphQL id of what changed; empty for system and resync.
	ID string `json:"id,omitempty"`
	// Target is the asset that a run, decision or action is about.
	Target string `json:"target,omitempty"`
	// State is the new state or outcome, where there is one.
	State string `json:"state,omitempty"`
}

// place is a point in the feed: what had been projected and decided.
type place struct {
	pos catalog.Position
	seq int64
}

func (p place) String() string { return p.pos.String() + "." + strconv.FormatInt(p.seq, 10) }

func parsePlace(s string) (p place, ok bool) {
	a, b, ok := strings.Cut(s, ".")
	if !ok {
		return p, false
	}
	pos, err := catalog.ParsePosition(a)
	seq, err2 := strconv.ParseInt(b, 10, 64)
	return place{pos, seq}, err == nil && err2 == nil && seq >= 0
}

// covers reports whether somebody who was at o has seen all that p stands for.
func (p place) covers(o place) bool { return p.pos >= o.pos && p.seq >= o.seq }

type event struct {
	at   place
	hint Hint
}

// Sizes of the feed: what a reader may have missed and still catch up with,
// what one may lag behind, how many may listen, and how many hints one
// projected batch may give before readers are told to look at everything.
const (
	feedKeep   = 2048
	feedBuffer = 256
	feedMost   = 64
	feedBatch  = 100
)

// Feed hands hints to all who listen. It keeps the newest in memory, so that a
// reader that comes back with Last-Event-ID misses none; when it cannot know
// that, it says so (resync). A reader that is too slow is dropped, never waited
// for.
//
// Ids are "position.ledgerSeq" and not unique: a library that replays by
// comparing ids as text (tmaxmax/go-sse does) cannot find the place, nor tell
// after a restart whether anything was missed; that is why this is our own.
type Feed struct {
	mu    sync.Mutex
	now   place
	floor place // everything after it is in kept
	kept  []event
	subs  map[*subscription]struct{}
}

// NewFeed begins at what is projected and decided when the process starts.
func NewFeed(pos catalog.Position, ledgerSeq int64) *Feed {
	at := place{pos, ledgerSeq}
	return &Feed{now: at, floor: at, subs: map[*subscription]struct{}{}}
}

// Touched publishes what a projected batch may have changed.
func (f *Feed) Touched(t catalog.Touched) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.pos = max(f.now.pos, t.Position)
	if len(t.Assets)+len(t.Runs) > feedBatch {
		f.publish(Hint{Kind: "resync"})
		return
	}
	for _, id := range t.Assets {
		f.publish(Hint{Kind: "asset", ID: model.AssetID(id)})
	}
	for _, k := range t.Runs {
		f.publish(Hint{Kind: "run", ID: model.RunID(k), Target: model.AssetID(catalog.AssetID(k.Job.ID()))})
	}
}

// Decision publishes a recorded decision.
func (f *Feed) Decision(d catalog.Decision) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.seq = max(f.now.seq, d.Seq)
	f.publish(Hint{Kind: "decision", ID: model.PrefixDecision + d.ID, Target: model.AssetID(d.Target), State: string(d.Outcome)})
}

// Action publishes a step of an action.
func (f *Feed) Action(a catalog.Action) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.seq = max(f.now.seq, a.Seq)
	f.publish(Hint{Kind: "action", ID: model.PrefixAction + a.ID, Target: model.AssetID(a.Target), State: string(a.State)})
}

// System publishes that weir itself changed: the switch, a degradation.
func (f *Feed) System(state string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.publish(Hint{Kind: "system", State: state})
}

func (f *Feed) publish(h Hint) {
	e := event{f.now, h}
	if len(f.kept) == feedKeep {
		f.floor = f.kept[0].at
		f.kept = append(f.kept[:0], f.kept[1:]...)
	}
	f.kept = append(f.kept, e)
	for s := range f.subs {
		select {
		case s.events <- e:
		default:
			delete(f.subs, s)
			close(s.events)
		}
	}
}

// subscription is one listener. events is closed by the feed alone, and only
// when the listener was too slow or has gone.
type subscription struct {
	events chan event
	// missed: the feed cannot tell what came after the place given.
	missed bool
	// start is the place before the first event.
	start place
}

// subscribe listens from after last; nil from now on. Hints that share the
// place of last come again: twice is harmless, never is not.
func (f *Feed) subscribe(last *place) (*subscription, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.subs) >= feedMost {
		return nil, fmt.Errorf("%d streams are open: %w", feedMost, catalog.ErrUnavailable)
	}
	s := &subscription{start: f.now}
	var missed []event
	if last != nil {
		s.missed = !last.covers(f.floor) || !f.now.covers(*last)
		for _, e := range f.kept {
			if !s.missed && (e.at == *last || !last.covers(e.at)) {
				missed = append(missed, e)
			}
		}
		if !s.missed {
			s.start = *last // what was missed is still to come
		}
	}
	s.events = make(chan event, len(missed)+feedBuffer)
	for _, e := range missed {
		s.events <- e
	}
	f.subs[s] = struct{}{}
	return s, nil
}

func (f *Feed) unsubscribe(s *subscription) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.subs[s]; ok {
		delete(f.subs, s)
		close(s.events)
	}
}

// heartbeat is how often a quiet stream says that it is alive: to proxies, which
// close a silent one, and to readers, who take 10 s of silence for the end.
const heartbeat = 5 * time.Second
