package policies

import (
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
)

// checksOK judges the checks on the newest version of a dataset (semantics
// 3.6): true only when the producing run's wrapper has ended and every blocking
// check that reported on any of the three versions before has passed on this
// one. A missing check is unknown; no check ever known is true.
func (r *reader) checksOK(id catalog.AssetID, mode ChecksMode) (CheckView, error) {
	versions, err := r.history.Versions(r.ctx, VersionQuery{Dataset: id, Untainted: true, Limit: 4})
	if err != nil || len(versions) == 0 {
		return CheckView{Value: catalog.Unknown, Says: "no version to check"}, err
	}
	checks, err := r.history.Checks(r.ctx, CheckQuery{Dataset: id, Since: versions[len(versions)-1].RunStartedAt.Add(-time.Hour)})
	if err != nil {
		return CheckView{}, err
	}
	by, err := r.byVersion(versions, checks, mode)
	if err != nil {
		return CheckView{}, err
	}
	if view, done := judgeResults(versions, by); done {
		return view, nil
	}
	return r.judgeWrapper(versions[0], by[0])
}

// byVersion sorts check results to the version they belong to: the one made
// by the same run or under the same parent run, else the newest at the check's START.
func (r *reader) byVersion(versions []catalog.Version, checks []catalog.Check, mode ChecksMode) ([]map[string]catalog.Check, error) {
	by := make([]map[string]catalog.Check, len(versions))
	parents := make([]string, len(versions))
	for i, v := range versions {
		by[i] = map[string]catalog.Check{}
		if run, ok, err := r.run(v.Run); err != nil {
			return nil, err
		} else if ok && run.Parent != nil {
			parents[i] = run.Parent.RunID
		}
	}
	for _, c := range checks { // newest first: the first of a name holds
		if mode == ChecksBlocking && !c.Blocking() || c.Outcome == catalog.CheckSkip {
			continue
		}
		i := versionOf(versions, parents, c)
		if i >= 0 && c.Parent != nil && parents[i] != c.Parent.RunID {
			early, err := r.early(*c.Parent)
			if err != nil {
				return nil, err
			}
			if early {
				continue
			}
		}
		if i < 0 {
			continue
		}
		key := c.Name + "\x00" + c.Field
		if _, ok := by[i][key]; !ok {
			by[i][key] = c
		}
	}
	return by, nil
}

// early reports whether a check came before the version it is about. dbt-ol
// sends the START of a test, results and all, before the COMPLETE of the model:
// while their common parent runs, such a check must not speak for the version
// of an earlier run.
func (r *reader) early(parent catalog.RunRef) (bool, error) {
	run, found, err := r.runByID(parent.RunID)
	return found && !run.State.Terminal(), err
}

func versionOf(versions []catalog.Version, parents []string, c catalog.Check) int {
	for i, v := range versions { // it judged what it wrote
		if !v.Run.IsZero() && v.Run == c.Run {
			return i
		}
	}
	if c.Parent != nil {
		for i, p := range parents {
			if p != "" && p == c.Parent.RunID {
				return i
			}
		}
	}
	at := c.RunStartedAt
	if at.IsZero() {
		at = c.At
	}
	for i, v := range versions {
		if !v.ProducedAt.After(at) {
			return i
		}
	}
	return -1
}

// judgeResults finds a failure or a missing check; done is false when all that
// were expected have passed.
func judgeResults(versions []catalog.Version, by []map[string]catalog.Check) (CheckView, bool) {
	expected := map[string]catalog.Check{}
	for _, m := range by {
		for k, c := range m {
			expected[k] = c
		}
	}
	var missing *CheckView
	for k, c := range expected {
		now, ok := by[0][k]
		switch {
		case !ok && missing == nil:
			missing = &CheckView{Value: catalog.Unknown, Says: fmt.Sprintf("check %s has not reported on the version of %s yet", c.Name, clock(versions[0].ProducedAt))}
		case ok && now.Outcome == catalog.CheckFail:
			return CheckView{Value: catalog.False, Says: fmt.Sprintf("check %s failed on the version of %s", now.Name, clock(versions[0].ProducedAt)), Evidence: []string{now.Run.ID()}}, true
		}
	}
	if missing != nil {
		return *missing, true
	}
	return CheckView{}, false
}

// judgeWrapper: tools report a model, then a passing test, then the failing
// one, then the wrapper; only the wrapper's end says that all have spoken.
func (r *reader) judgeWrapper(v catalog.Version, passed map[string]catalog.Check) (CheckView, error) {
	ok := CheckView{Value: catalog.True, Says: fmt.Sprintf("%d checks passed on the version of %s", len(passed), clock(v.ProducedAt))}
	if len(passed) == 0 {
		ok.Says = "no check is known"
	}
	run, found, err := r.run(v.Run)
	if err != nil || !found || run.Parent == nil {
		return ok, err
	}
	chain, err := r.chain(run)
	if err != nil {
		return ok, err
	}
	for _, anc := range chain[1:] {
		if anc.State.Terminal() {
			return ok, nil
		}
	}
	return CheckView{Value: catalog.Unknown, Says: fmt.Sprintf("%s has not ended yet: more checks may report", chain[1].Key.Job.Name), Evidence: []string{chain[1].Key.ID()}}, nil
}
