//go:build neo4j

package neo4j_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
	"github.com/weirhq/weir/graph/neo4j"
)

// through opens a store through a door that the test holds.
func through(t *testing.T, timeout time.Duration) (*neo4j.Store, *cluster) {
	t.Helper()
	c := startCluster(t, 1)
	s, err := neo4j.Open(neo4j.Options{URI: "bolt://" + c.members[0].Addr().String(), Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, c
}

// TestSlow: on a server that answers after 20 s, many readers at once all get
// their answer when the time for a question is over, and when the server is
// quick again so are they: no connection is lost for good.
func TestSlow(t *testing.T) {
	rows := shop(t, open(t))
	s, c := through(t, 3*time.Second)
	ids := []catalog.AssetID{rows[0].Asset.ID}
	for tries := 0; ; tries++ { // plans are made, connections open
		if _, err := s.Assets(t.Context(), ids); err == nil {
			break
		} else if tries > 20 {
			t.Fatal(err)
		}
	}
	c.set(func() { c.slow = 20 * time.Second })
	var wg sync.WaitGroup
	var said atomic.Int32
	start := time.Now()
	for range 200 {
		wg.Go(func() {
			_, err := s.Assets(t.Context(), ids)
			if !errors.Is(err, catalog.ErrUnavailable) {
				t.Errorf("a slow server: %v", err)
			}
			if strings.Contains(catalog.HintOf(err), "slow") {
				said.Add(1)
			}
		})
	}
	wg.Wait()
	if said.Load() < 100 {
		t.Errorf("%d of 200 errors say that the server is slow", said.Load())
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("200 readers waited %s for a server that takes 20 s: none should wait longer than its 3 s", took)
	}
	c.set(func() { c.slow = 0 })
	for tries := 0; ; tries++ {
		got, err := s.Assets(t.Context(), ids)
		if err == nil && len(got) == 1 {
			return
		}
		if tries > 20 {
			t.Fatalf("the server is quick again: %v, %v", got, err)
		}
	}
}

// TestFull: a server that cannot commit costs nothing but time: the change is
// not half there, says what to look at, and goes in once there is room.
func TestFull(t *testing.T) {
	open(t)
	s, c := through(t, patient)
	first := graph.Change{Position: 1, Rows: []graph.Row{{Asset: graphtest.Dataset("a")}}}
	if err := s.Apply(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	second := graph.Change{After: 1, Position: 2, Rows: []graph.Row{{Asset: graphtest.Dataset("b")}}}
	for _, code := range []string{"Neo.DatabaseError.Transaction.TransactionCommitFailed", "Neo.TransientError.General.DatabaseUnavailable", "Neo.TransientError.General.MemoryPoolOutOfMemoryError"} {
		c.set(func() { c.full = code })
		if err := s.Apply(t.Context(), second); !errors.Is(err, catalog.ErrUnavailable) || catalog.HintOf(err) == "" {
			t.Errorf("%s: %v (%s)", code, err, catalog.HintOf(err))
		}
		if pos, err := s.Position(t.Context()); err != nil || pos != 1 {
			t.Errorf("%s: at %s, %v; want 1", code, pos, err)
		}
	}
	c.set(func() { c.full = "" })
	if err := s.Apply(t.Context(), second); err != nil {
		t.Errorf("there is room again: %v", err)
	}
	if got, err := graphtest.Dump(t.Context(), s); err != nil || strings.Count(got, "\n") != 2 {
		t.Errorf("holds\n%s\n%v", got, err)
	}
}
