//go:build neo4j

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

// TestNeo4jKilledAndWiped: events come in without a pause, and each is answered
// 201, while Neo4j is killed in the middle of a transaction, comes back, loses
// all it has, and then all but the cursor. After the first two weir mends the
// graph by itself; the third it cannot see (the control: the export shows it),
// and weir rebuild graph mends it. Each time the export is that of the embedded
// store that was given the same events.
func TestNeo4jKilledAndWiped(t *testing.T) {
	n := startNeo4j(t)
	k := newKillLoop(t, 1)
	k.args, k.event = []string{"--graph", "neo4j", "--neo4j-uri", n.uri}, busyEvent
	k.start()
	k.awaitReady()
	if err := k.send(t.Context()); err != nil {
		t.Fatal(err)
	}
	n.follows(k) // the schema stands, plans are made

	pause := k.keepSending()
	n.killInBatch()
	k.taken(100)
	n.await("degraded while Neo4j is down", func() bool {
		says := (&faulty{killLoop: k}).degraded()
		return strings.Contains(says, "degraded") && strings.Contains(strings.ToLower(says), "neo4j")
	})
	n.start()
	n.follows(k)
	n.delete("MATCH (n) DETACH DELETE n")
	k.taken(100)
	pause()
	n.follows(k)
	k.check()
	if got, want := k.export(), k.replayed(); got != want {
		t.Errorf("killed, and wiped, and filled anew by weir, the export differs:\n%s", diff(want, got))
	}

	pause = k.keepSending()
	n.delete("MATCH (n:Asset|Column) DETACH DELETE n")
	k.taken(100)
	pause()
	n.follows(k)
	k.check()
	want := k.replayed()
	if k.export() == want {
		t.Error("all assets were deleted by hand and the export is the same: it does not come from Neo4j")
	}
	k.end()
	rebuild := exec.CommandContext(t.Context(), os.Args[0], append([]string{"rebuild", "graph", "--data", k.dir}, k.args...)...)
	rebuild.Env = append(os.Environ(), asWeir+"=1")
	if words, err := rebuild.CombinedOutput(); err != nil || !strings.Contains(string(words), "the graph is rebuilt") {
		t.Fatalf("rebuild graph: %v\n%s", err, words)
	}
	k.start()
	k.awaitReady()
	if got := k.export(); got != want {
		t.Errorf("rebuilt, the export differs:\n%s", diff(want, got))
	}
	k.end()
	t.Logf("%d events, each acknowledged, %d lost", len(k.acked), k.lost)
}

// busyEvent is a run of one of forty jobs, whose edges change now and then, or
// in every fourth of a new one: each transaction has something to write.
func busyEvent(seq int) []byte {
	if seq%4 != 0 {
		return killEvent(seq)
	}
	return fmt.Appendf(nil, `{"eventTime":"2026-03-01T00:00:00Z","eventType":"COMPLETE","producer":"https://example.com/kill","run":{"runId":"run-%d"},
		"job":{"namespace":"kill","name":"new-%d"},"inputs":[{"namespace":"postgres://wh:5432","name":"shop.marts.t%d"}],
		"outputs":[{"namespace":"postgres://wh:5432","name":"shop.new.t%d","facets":{"columnLineage":{"fields":{"a":{"inputFields":[
		{"namespace":"postgres://wh:5432","name":"shop.marts.t%d","field":"x"}]}}}}}]}`, seq, seq, seq%40, seq, seq%40)
}

// keepSending sends some 50 events a second until it is told to pause; each
// must be acknowledged.
func (k *killLoop) keepSending() (pause func()) {
	ctx, cancel := context.WithCancel(k.t.Context())
	due := time.NewTicker(20 * time.Millisecond)
	var producers sync.WaitGroup
	for range 6 {
		producers.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-due.C:
				}
				if err := k.send(context.WithoutCancel(ctx)); err != nil {
					k.fail("an event was refused, or not answered: %v", err)
					return
				}
			}
		})
	}
	pause = func() { cancel(); producers.Wait(); due.Stop() }
	k.t.Cleanup(pause) // before weir is ended, also when the test failed
	return pause
}

// taken returns once so many more events are acknowledged.
func (k *killLoop) taken(more int) {
	k.t.Helper()
	before := k.acknowledged()
	waitUntil(k.t, fmt.Sprintf("%d more events acknowledged", more), func() bool { return k.acknowledged() >= before+more })
}

// neo4jServer is a server of the test's own, which it may kill.
type neo4jServer struct {
	t              *testing.T
	dir, port, uri string
	driver         driver.DriverWithContext
}

func startNeo4j(t *testing.T) *neo4jServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close() // the port is the server's, before and after it is killed
	n := &neo4jServer{t: t, dir: filepath.Join(t.TempDir(), "neo4j"), port: port, uri: "bolt://127.0.0.1:" + port}
	if n.driver, err = driver.NewDriverWithContext(n.uri, driver.NoAuth()); err != nil {
		t.Fatal(err)
	}
	n.start()
	t.Cleanup(func() {
		n.driver.Close(context.Background()) //nolint:errcheck // a test's end
		n.script("stop")
	})
	return n
}

func (n *neo4jServer) start() { n.script("start") }

func (n *neo4jServer) script(verb string) {
	n.t.Helper()
	cmd := exec.Command("../../scripts/neo4j.sh", verb, n.dir)
	cmd.Env = append(os.Environ(), "NEO4J_PORT="+n.port, "NEO4J_HEAP=512m", "NEO4J_WAIT=300")
	if out, err := cmd.CombinedOutput(); err != nil {
		n.t.Fatalf("%s Neo4j: %v\n%s", verb, err, out)
	}
}

func (n *neo4jServer) ask(query string) (*driver.EagerResult, error) {
	return driver.ExecuteQuery(n.t.Context(), n.driver, query, nil, driver.EagerResultTransformer, driver.ExecuteQueryWithDatabase("neo4j"))
}

// killInBatch kills the server while a transaction of weir's is in it.
func (n *neo4jServer) killInBatch() {
	n.t.Helper()
	n.await("a transaction of weir's", func() bool {
		got, err := n.ask("SHOW TRANSACTIONS YIELD metaData WHERE metaData.app = 'weir' AND metaData.statement = 'apply' RETURN metaData")
		return err == nil && len(got.Records) > 0
	})
	n.script("kill")
}

// delete deletes by hand, while weir goes on: it may be in the way.
func (n *neo4jServer) delete(query string) {
	n.t.Helper()
	n.await(query, func() bool {
		got, err := n.ask(query)
		return err == nil && got.Summary.Counters().NodesDeleted() > 0
	})
}

// follows returns once Neo4j holds what was acknowledged so far.
func (n *neo4jServer) follows(k *killLoop) {
	n.t.Helper()
	defer func() {
		if n.t.Failed() {
			n.t.Log("weir says", (&faulty{killLoop: k}).degraded(), readFile(n.t, k.log))
		}
	}()
	k.mu.Lock()
	var last int64
	for _, pos := range k.acked {
		last = max(last, int64(pos))
	}
	k.mu.Unlock()
	n.await(fmt.Sprintf("Neo4j at %d", last), func() bool {
		got, err := n.ask("MATCH (c:WeirCursor) RETURN c.offset AS offset")
		if err != nil || len(got.Records) == 0 {
			return false
		}
		at, _, err := driver.GetRecordValue[int64](got.Records[0], "offset")
		return err == nil && at >= last
	})
}

// await is waitUntil for what a JVM on a busy machine takes its time for.
func (n *neo4jServer) await(what string, ok func() bool) {
	n.t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); !ok(); {
		if time.Now().After(deadline) {
			n.t.Fatalf("never: %s", what)
		}
		time.Sleep(time.Millisecond) // polling what another process does
	}
}
