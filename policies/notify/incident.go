package notify

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors/messenger"
)

// A Fact is one thing that is wrong of one asset now.
type Fact struct {
	Policy string
	Owner  string
	Kind   catalog.IncidentKind
	// CausedBy is the owner of the step that causes it, where that owner is
	// told.
	CausedBy string
	// To are the destinations that want to hear of it.
	To      []string
	Subject catalog.IncidentSubject
}

// key names an incident among those that are open.
type key struct {
	policy   string
	kind     catalog.IncidentKind
	causedBy string
}

// A Change is what a look at the world makes of the open incidents.
type Change struct {
	Open, Closed []catalog.Incident
	Notices      []catalog.Notice
}

// Empty reports whether nothing is to be kept.
func (c Change) Empty() bool { return len(c.Open)+len(c.Closed)+len(c.Notices) == 0 }

// maxSubjects bounds the assets that a notice lists; all are counted.
const maxSubjects = 20

// Compare compares what is wrong with what is open. It is pure but for the ids
// of new incidents, which newID makes.
//
// An incident opens, spreads when an asset joins it, and is resolved when the
// last one left: each is one notice for each destination. An asset that leaves
// is no news.
func Compare(open []catalog.Incident, facts []Fact, now time.Time, newID func() string) (Change, error) {
	found := group(facts)
	var c Change
	known := map[key]bool{}
	for _, i := range open {
		k := key{i.Policy, i.Kind, i.CausedBy}
		known[k] = true
		if err := c.settle(i, found[k], now); err != nil {
			return c, err
		}
	}
	for _, k := range sorted(found) {
		if known[k] {
			continue
		}
		f := found[k]
		i := catalog.Incident{ID: newID(), Policy: k.policy, Kind: k.kind, CausedBy: k.causedBy, Owner: f[0].Owner, Destinations: f[0].To, Subjects: subjects(f), OpenedAt: now}
		if err := c.tell(&i, messenger.Opened, i.Subjects, now); err != nil {
			return c, err
		}
		c.Open = append(c.Open, i)
	}
	return c, nil
}

// settle compares one open incident with the facts of its kind.
func (c *Change) settle(i catalog.Incident, facts []Fact, now time.Time) error {
	if len(facts) == 0 {
		if err := c.tell(&i, messenger.Resolved, i.Subjects, now); err != nil {
			return err
		}
		c.Closed = append(c.Closed, i)
		return nil
	}
	joined, left := merge(&i, subjects(facts))
	if joined {
		if err := c.tell(&i, messenger.Spread, i.Subjects, now); err != nil {
			return err
		}
	}
	if joined || left {
		c.Open = append(c.Open, i)
	}
	return nil
}

// merge puts what is wrong now into an incident; whoever was in it keeps since
// when.
func merge(i *catalog.Incident, now []catalog.IncidentSubject) (joined, left bool) {
	since := map[string]time.Time{}
	for _, s := range i.Subjects {
		since[s.Asset] = s.Since
	}
	for n, s := range now {
		if t, ok := since[s.Asset]; ok {
			now[n].Since = t
			delete(since, s.Asset)
		} else {
			joined = true
		}
	}
	i.Subjects = now
	return joined, len(since) > 0
}

// tell makes a notice for each destination. Its id follows from the incident,
// how often there was something to tell, and who is told.
func (c *Change) tell(i *catalog.Incident, s messenger.State, of []catalog.IncidentSubject, now time.Time) error {
	i.Notices++
	for k, to := range i.Destinations {
		n := messenger.Notice{ID: fmt.Sprintf("%s-%d-%d", i.ID, i.Notices, k), Incident: i.ID, State: s, Kind: string(i.Kind), Policy: i.Policy, Owner: i.Owner, CausedBy: i.CausedBy,
			Subjects: of[:min(len(of), maxSubjects)], Total: len(of), At: now}
		body, err := json.Marshal(n)
		if err != nil {
			return fmt.Errorf("notice of %s: %w", i.Policy, err)
		}
		c.Notices = append(c.Notices, catalog.Notice{ID: n.ID, Incident: i.ID, Destination: to, State: catalog.NoticePending, At: now, Due: now, Body: body})
	}
	return nil
}

// group sorts facts by incident; nobody's facts are none.
func group(facts []Fact) map[key][]Fact {
	out := map[key][]Fact{}
	for _, f := range facts {
		if len(f.To) > 0 {
			k := key{f.Policy, f.Kind, f.CausedBy}
			out[k] = append(out[k], f)
		}
	}
	return out
}

func sorted(found map[key][]Fact) []key {
	out := make([]key, 0, len(found))
	for k := range found {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.policy, b.policy), cmp.Compare(a.kind, b.kind), cmp.Compare(a.causedBy, b.causedBy))
	})
	return out
}

// subjects are the assets of facts, each once, by name.
func subjects(facts []Fact) []catalog.IncidentSubject {
	out := make([]catalog.IncidentSubject, 0, len(facts))
	for _, f := range facts {
		out = append(out, f.Subject)
	}
	slices.SortStableFunc(out, func(a, b catalog.IncidentSubject) int { return cmp.Compare(a.Asset, b.Asset) })
	return slices.CompactFunc(out, func(a, b catalog.IncidentSubject) bool { return a.Asset == b.Asset })
}
