//go:build neo4j

package neo4j_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
	"github.com/weirhq/weir/graph/neo4j"
)

// Tags of Bolt messages.
const (
	msgReset    = 0x0F
	msgBegin    = 0x11
	msgCommit   = 0x12
	msgRoute    = 0x66
	msgSuccess  = 0x70
	msgIgnored  = 0x7E
	msgFailure  = 0x7F
	notALeader  = "Neo.ClientError.Cluster.NotALeader"
	readersMode = "\x84mode\x81r"
)

// cluster looks like several servers and is several doors to one: it answers
// who routes, reads and writes, and lets a door refuse writes, lose an answer
// or be gone.
type cluster struct {
	t       *testing.T
	members []*member

	mu     sync.Mutex
	leader int           // in the table
	lose   bool          // the answer to the next COMMIT
	full   string        // what each COMMIT fails with
	slow   time.Duration // what each answer takes longer
}

// member is one door.
type member struct {
	*cluster
	net.Listener
	follows bool // refuses writes
	writes  int  // transactions begun to write
	reads   int
	marks   int // reads that said what they must see
	conns   []net.Conn
}

func startCluster(t *testing.T, n int) *cluster {
	t.Helper()
	c := &cluster{t: t}
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		m := &member{cluster: c, Listener: l}
		c.members = append(c.members, m)
		t.Cleanup(m.stop)
		go m.serve()
	}
	return c
}

// set changes the cluster.
func (c *cluster) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// stop lets a member be gone.
func (m *member) stop() {
	m.Close() //nolint:errcheck // may be closed
	m.set(func() {
		for _, c := range m.conns {
			c.Close() //nolint:errcheck // may be closed
		}
	})
}

func (m *member) serve() {
	for {
		client, err := m.Accept()
		if err != nil {
			return
		}
		m.set(func() { m.conns = append(m.conns, client) })
		go m.door(client)
	}
}

// door forwards one connection, message by message.
func (m *member) door(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", strings.TrimPrefix(os.Getenv("WEIR_TEST_NEO4J_URI"), "bolt://"))
	if err != nil {
		return
	}
	defer server.Close()
	if !shakeHands(client, server) {
		return
	}
	answers := make(chan struct{}) // closed: none goes back any more
	go func() {
		for {
			msg, err := readMessage(server)
			if err != nil {
				client.Close()
				return
			}
			var slow time.Duration
			m.set(func() { slow = m.slow })
			select {
			case <-answers:
				client.Close()
				return
			case <-time.After(slow):
			}
			if _, err := client.Write(msg); err != nil {
				return
			}
		}
	}()
	var state doorState
	for {
		msg, err := readMessage(client)
		if err != nil {
			return
		}
		answer, lost := m.judge(msg, &state)
		if lost {
			close(answers)
		}
		if answer != nil {
			_, err = client.Write(answer)
		} else {
			_, err = server.Write(msg)
		}
		if err != nil {
			return
		}
	}
}

// doorState is that of one connection: a failure that was not reset yet, a
// transaction that reads.
type doorState struct{ failed, reads bool }

// judge says what a message is answered without the server, and whether the
// server's answer is lost.
func (m *member) judge(msg []byte, s *doorState) (answer []byte, lost bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	tag := msg[3]
	switch tag {
	case msgReset:
		s.failed = false
	case msgBegin:
		s.reads = bytes.Contains(msg, []byte(readersMode))
	}
	switch {
	case s.failed:
		return message(msgIgnored), false
	case tag == msgRoute:
		return m.table(), false
	case tag == msgBegin && s.reads:
		m.reads++
		if bytes.Contains(msg, []byte("bookmarks")) {
			m.marks++
		}
	case tag == msgBegin && m.follows:
		s.failed = true
		return message(msgFailure, pack(map[string]any{"code": notALeader, "message": "writes go to the leader"})), false
	case tag == msgBegin:
		m.writes++
	case tag == msgCommit && !s.reads && m.full != "":
		s.failed = true
		return message(msgFailure, pack(map[string]any{"code": m.full, "message": "no space left on device"})), false
	case tag == msgCommit && m.lose:
		m.lose = false
		return nil, true
	}
	return nil, false
}

// table is the answer to ROUTE.
func (m *member) table() []byte {
	var all, readers []any
	for i, x := range m.members {
		all = append(all, x.Addr().String())
		if i != m.leader {
			readers = append(readers, x.Addr().String())
		}
	}
	servers := []any{
		map[string]any{"addresses": all, "role": "ROUTE"}, map[string]any{"addresses": readers, "role": "READ"},
		map[string]any{"addresses": []any{m.members[m.leader].Addr().String()}, "role": "WRITE"},
	}
	return message(msgSuccess, pack(map[string]any{"rt": map[string]any{"ttl": 100, "db": "neo4j", "servers": servers}}))
}

// shakeHands lets both sides speak Bolt 5.4.
func shakeHands(client, server net.Conn) bool {
	offer := make([]byte, 20)
	if _, err := io.ReadFull(client, offer); err != nil {
		return false
	}
	if _, err := server.Write(append(offer[:4:4], 0, 0, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)); err != nil {
		return false
	}
	if _, err := io.ReadFull(server, offer[:4]); err != nil {
		return false
	}
	_, err := client.Write(offer[:4])
	return err == nil
}

// readMessage reads the chunks of one message, framing included.
func readMessage(r io.Reader) (out []byte, err error) {
	for {
		head := make([]byte, 2)
		if _, err := io.ReadFull(r, head); err != nil {
			return nil, err
		}
		n := int(binary.BigEndian.Uint16(head))
		out = append(out, head...)
		if n == 0 {
			if len(out) == 2 { // keeps the connection alive
				out = nil
				continue
			}
			return out, nil
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(r, body); err != nil {
			return nil, err
		}
		out = append(out, body...)
	}
}

// message frames a structure.
func message(tag byte, fields ...[]byte) []byte {
	body := append([]byte{0xB0 | byte(len(fields)), tag}, bytes.Join(fields, nil)...)
	return append(append(binary.BigEndian.AppendUint16(nil, uint16(len(body))), body...), 0, 0)
}

// pack writes the few values that the table needs.
func pack(v any) []byte {
	switch v := v.(type) {
	case string:
		return append([]byte{0xD0, byte(len(v))}, v...)
	case int:
		return []byte{byte(v)} // below 128
	case []any:
		out := []byte{0x90 | byte(len(v))}
		for _, x := range v {
			out = append(out, pack(x)...)
		}
		return out
	case map[string]any:
		out := []byte{0xA0 | byte(len(v))}
		for k, x := range v {
			out = append(append(out, pack(k)...), pack(x)...)
		}
		return out
	}
	panic("not needed")
}

// TestCluster: neo4j:// writes to the leader and reads from the others, which
// must have seen what was written; it follows the leadership, bears the loss of
// a member, and settles a commit whose answer was lost.
func TestCluster(t *testing.T) {
	open(t)
	c := startCluster(t, 3)
	s, err := neo4j.Open(neo4j.Options{URI: "neo4j://" + c.members[0].Addr().String(), Timeout: patient})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	pos := catalog.Position(0)
	next := func() graph.Change {
		pos++
		return graph.Change{After: pos - 1, Position: pos, Rows: []graph.Row{{Asset: graphtest.Dataset("d" + pos.String())}}}
	}
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	count := func(what string) (lead, behind, reads, marks int) {
		t.Helper()
		got, err := graphtest.Dump(t.Context(), s)
		must(what, err)
		if n := strings.Count(got, "\n"); n != int(pos) {
			t.Fatalf("%s: %d assets, want %d", what, n, pos)
		}
		c.set(func() {
			for i, m := range c.members {
				if i == c.leader {
					lead += m.writes
				} else {
					behind += m.writes
				}
				reads += m.reads
				marks += m.marks
			}
		})
		return lead, behind, reads, marks
	}

	must("a change", s.Apply(t.Context(), next()))
	if lead, behind, reads, marks := count("after a change"); lead == 0 || behind != 0 || reads == 0 || marks == 0 || c.members[0].reads != 0 {
		t.Errorf("%d writes at the leader, %d elsewhere, %d reads of which %d wait for the write", lead, behind, reads, marks)
	}

	c.set(func() { c.members[0].follows, c.leader = true, 1 })
	must("a change by a new leader", s.Apply(t.Context(), next()))
	if lead, _, _, _ := count("under a new leader"); lead == 0 {
		t.Error("the new leader was not written to")
	}

	c.set(func() { c.lose = true })
	must("a change whose answer is lost", s.Apply(t.Context(), next()))
	if count("after a lost answer"); c.lose {
		t.Error("no answer was lost")
	}

	c.members[2].stop()
	c.set(func() { c.members = c.members[:2] })
	for range 3 {
		change := next()
		err := s.Apply(t.Context(), change)
		for tries := 0; errors.Is(err, catalog.ErrUnavailable) && tries < 5; tries++ {
			err = s.Apply(t.Context(), change)
		}
		must("a change after a member is gone", err)
	}
	got, err := s.Position(t.Context())
	if err != nil || got != pos {
		t.Errorf("position %s, %v; want %s", got, err, pos)
	}
}
