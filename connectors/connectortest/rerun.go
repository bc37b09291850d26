package connectortest

import (
	"testing"

	"github.com/weirhq/weir/connectors"
)

// rerun: the mark of a try stays while nothing happens and changes with the next
// try, also when the answer to the rerun is lost; asked twice under one key, a
// tool that keeps keys tries once.
func rerun(t *testing.T, h Harness) {
	r, ok := h.Connector.(connectors.Rerunner)
	if !ok || h.Fail == nil {
		return
	}
	for i, f := range []Fault{None, LostAfter, LostBefore} {
		run := mustStart(t, h, Request(h.Job, longKey(80+i)))
		h.Fail(h.Job, run.ExternalID)
		req := connectors.RerunRequest{Target: h.Job, ExternalID: run.ExternalID, Key: longKey(90 + i)}
		before, again := look(t, r, req), look(t, r, req)
		if before.Mark == "" || before.Mark != again.Mark || !before.State.Terminal() {
			t.Fatalf("a run at rest has the marks %q and %q and is %s", before.Mark, again.Mark, before.State)
		}
		was := h.Reruns()
		h.Faults.Inject(f)
		err := r.Rerun(t.Context(), req)
		if (err != nil) != (f != None) || err != nil && connectors.ClassOf(err) != connectors.Ambiguous {
			t.Errorf("%q: %v, class %s", f, err, connectors.ClassOf(err))
		}
		after := look(t, r, req)
		if applied := f != LostBefore; (after.Mark != before.Mark) != applied {
			t.Errorf("%q: marks %q and %q, applied %v", f, before.Mark, after.Mark, applied)
		}
		if r.KeyedRerun() || f == LostBefore {
			if err := r.Rerun(t.Context(), req); err != nil {
				t.Errorf("%q, asked again: %v", f, err)
			}
		}
		if got := h.Reruns() - was; got != 1 {
			t.Errorf("%q: the run was tried %d times more, want 1", f, got)
		}
	}
	unknown := connectors.RerunRequest{Target: h.Job, ExternalID: "nosuch", Key: longKey(99)}
	if _, err := r.LookBefore(t.Context(), unknown); connectors.ClassOf(err) != connectors.Permanent {
		t.Errorf("an unknown run: class %s, want permanent: %v", connectors.ClassOf(err), err)
	}
}

func look(t *testing.T, r connectors.Rerunner, q connectors.RerunRequest) connectors.Try {
	t.Helper()
	try, err := r.LookBefore(t.Context(), q)
	if err != nil {
		t.Fatalf("look before a rerun: %v", err)
	}
	return try
}
