package airflow

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// TestEveryWord: each of Airflow's DagRunState is known; a new one, and words
// that only tasks have, are UNKNOWN, which ends nothing.
func TestEveryWord(t *testing.T) {
	for word, want := range map[string]catalog.RunState{
		"queued": catalog.RunQueued, "running": catalog.RunRunning, "restarting": catalog.RunRunning, "success": catalog.RunSucceeded, "failed": catalog.RunFailed,
		"up_for_retry": catalog.RunUnknown, "skipped": catalog.RunUnknown, "vanished": catalog.RunUnknown, "": catalog.RunUnknown, "SUCCESS": catalog.RunUnknown,
	} {
		if got := stateOf(word); got != want {
			t.Errorf("%q is %s, want %s", word, got, want)
		}
	}
	if catalog.RunUnknown.Terminal() {
		t.Error("UNKNOWN is terminal")
	}
}

// TestKeyEncoding: a dag_run_id keeps Airflow's allowed_run_id_pattern and its
// column of 250, is no name that Airflow keeps for itself, and stays apart from
// that of any other key.
func TestKeyEncoding(t *testing.T) {
	form, keys := regexp.MustCompile(`^weir__[A-Za-z0-9_.~:+-]+$`), rapid.StringMatching(`[a-z0-9]{1,64}`)
	c, err := New(Options{URL: "http://af:8080"})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := keys.Draw(t, "a"), keys.Draw(t, "b")
		id, other := c.ExternalID(connectors.StartRequest{Key: a}), c.ExternalID(connectors.StartRequest{Key: b})
		if len(id) > 200 || !form.MatchString(id) || a != b && id == other {
			t.Fatalf("%q for %q, %q for %q", id, a, other, b)
		}
	})
}
