package virtual

import (
	"cmp"
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// runTable keeps runs by all that they are asked for.
type runTable struct {
	byKey      map[catalog.RunKey]*catalog.Run
	byJob      map[catalog.Name][]*catalog.Run // newest last
	live       map[catalog.Name][]*catalog.Run // not ended
	byRunID    map[string][]*catalog.Run
	byParent   map[string][]*catalog.Run // parent or root
	byExternal map[string][]*catalog.Run
}

func newRunTable() runTable {
	return runTable{byKey: map[catalog.RunKey]*catalog.Run{}, byJob: map[catalog.Name][]*catalog.Run{}, live: map[catalog.Name][]*catalog.Run{},
		byRunID: map[string][]*catalog.Run{}, byParent: map[string][]*catalog.Run{}, byExternal: map[string][]*catalog.Run{}}
}

// put adds a run, or replaces the one of its key, which it returns.
func (t *runTable) put(r catalog.Run) (old catalog.Run, replaced bool) {
	if p := t.byKey[r.Key]; p != nil {
		old, replaced = *p, true
		t.unlink(p)
	}
	t.link(&r)
	return old, replaced
}

func (t *runTable) link(r *catalog.Run) {
	t.byKey[r.Key] = r
	list := t.byJob[r.Key.Job]
	i := len(list)
	for i > 0 && newer(list[i-1], r) < 0 {
		i--
	}
	t.byJob[r.Key.Job] = slices.Insert(list, i, r)
	if !r.State.Terminal() {
		t.live[r.Key.Job] = append(t.live[r.Key.Job], r)
	}
	for _, ix := range t.indexes(r) {
		ix.table[ix.key] = append(ix.table[ix.key], r)
	}
}

func (t *runTable) unlink(r *catalog.Run) {
	t.byJob[r.Key.Job] = without(t.byJob[r.Key.Job], r)
	t.live[r.Key.Job] = without(t.live[r.Key.Job], r)
	for _, ix := range t.indexes(r) {
		ix.table[ix.key] = without(ix.table[ix.key], r)
	}
}

type indexed struct {
	table map[string][]*catalog.Run
	key   string
}

// indexes are the places under which a run is found beside its job.
func (t *runTable) indexes(r *catalog.Run) []indexed {
	out := []indexed{{t.byRunID, r.Key.RunID}}
	if r.Parent != nil {
		out = append(out, indexed{t.byParent, r.Parent.RunID})
	}
	if r.Root != nil && (r.Parent == nil || r.Parent.RunID != r.Root.RunID) {
		out = append(out, indexed{t.byParent, r.Root.RunID})
	}
	if r.ExternalID != "" {
		out = append(out, indexed{t.byExternal, r.ExternalID})
	}
	return out
}

func without(list []*catalog.Run, r *catalog.Run) []*catalog.Run {
	if i := slices.Index(list, r); i >= 0 {
		return slices.Delete(list, i, i+1)
	}
	return list
}

// newer sorts the newest first: by start, then by run id.
func newer(a, b *catalog.Run) int {
	return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.Key.RunID, a.Key.RunID), b.Key.Job.Compare(a.Key.Job))
}

// find answers a query; jobs are all names of the jobs it asks for.
func (t *runTable) find(q policies.RunQuery, jobs []catalog.Name) []catalog.Run {
	limit := limitOr(q.Limit, 20)
	var found []*catalog.Run
	lists := t.candidates(q, jobs)
	for _, list := range lists {
		n := 0
		for _, r := range slices.Backward(list) {
			if runFits(r, &q, jobs) && (len(lists) == 1 || !slices.Contains(found, r)) {
				found = append(found, r)
				n++
			}
			if n == limit && len(q.Jobs) > 0 { // lists of a job are in order
				break
			}
		}
	}
	slices.SortFunc(found, newer)
	out := make([]catalog.Run, min(len(found), limit))
	for i := range out {
		out[i] = *found[i]
	}
	return out
}

// candidates are the shortest lists that hold all that fit.
func (t *runTable) candidates(q policies.RunQuery, jobs []catalog.Name) (out [][]*catalog.Run) {
	pick := func(table map[string][]*catalog.Run, keys []string) {
		for _, k := range keys {
			out = append(out, table[k])
		}
	}
	switch {
	case len(q.Keys) > 0:
		for _, k := range q.Keys {
			if r := t.byKey[k]; r != nil {
				out = append(out, []*catalog.Run{r})
			}
		}
	case len(q.RunIDs) > 0:
		pick(t.byRunID, q.RunIDs)
	case len(q.DirectParentRunIDs) > 0:
		pick(t.byParent, q.DirectParentRunIDs)
	case len(q.ParentRunIDs) > 0:
		pick(t.byParent, q.ParentRunIDs)
	case len(q.ExternalIDs) > 0:
		pick(t.byExternal, q.ExternalIDs)
	case len(q.Jobs) > 0:
		return t.ofJobs(q, jobs)
	default:
		for _, list := range t.byJob {
			out = append(out, list)
		}
	}
	return out
}

func (t *runTable) ofJobs(q policies.RunQuery, jobs []catalog.Name) (out [][]*catalog.Run) {
	table := t.byJob
	if len(q.States) > 0 && !slices.ContainsFunc(q.States, catalog.RunState.Terminal) {
		table = t.live
	}
	for _, n := range jobs {
		out = append(out, table[n])
	}
	return out
}

func runFits(r *catalog.Run, q *policies.RunQuery, jobs []catalog.Name) bool {
	in := func(list []string, ref *catalog.RunRef) bool { return ref != nil && slices.Contains(list, ref.RunID) }
	switch {
	case len(q.Jobs) > 0 && !slices.Contains(jobs, r.Key.Job), len(q.Keys) > 0 && !slices.Contains(q.Keys, r.Key),
		len(q.RunIDs) > 0 && !slices.Contains(q.RunIDs, r.Key.RunID), len(q.States) > 0 && !slices.Contains(q.States, r.State),
		len(q.ExternalIDs) > 0 && (r.ExternalID == "" || !slices.Contains(q.ExternalIDs, r.ExternalID)),
		len(q.DirectParentRunIDs) > 0 && !in(q.DirectParentRunIDs, r.Parent),
		len(q.ParentRunIDs) > 0 && !in(q.ParentRunIDs, r.Parent) && !in(q.ParentRunIDs, r.Root),
		!q.StartedAfter.IsZero() && !r.StartedAt.After(q.StartedAfter), !q.StartedBefore.IsZero() && !r.StartedAt.Before(q.StartedBefore),
		!q.ActiveAfter.IsZero() && r.EndedAt != nil && r.EndedAt.Before(q.ActiveAfter):
		return false
	}
	return true
}
