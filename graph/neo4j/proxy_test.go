//go:build neo4j

package neo4j_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
	"github.com/weirhq/weir/graph/neo4j"
)

// commitMessage is COMMIT as one Bolt chunk with its end.
var commitMessage = []byte{0, 2, 0xB0, 0x12, 0, 0}

// proxy forwards Bolt to the real server and, once armed, cuts one connection
// at a COMMIT: before the server gets it, or before its answer gets back.
type proxy struct {
	net.Listener
	server        string
	before, after atomic.Bool
	cuts          atomic.Int32
}

func startProxy(t *testing.T) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l, server: strings.TrimPrefix(os.Getenv("WEIR_TEST_NEO4J_URI"), "bolt://")}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	var mute atomic.Bool
	go func() {
		defer client.Close()
		buf := make([]byte, 64<<10)
		for {
			n, err := server.Read(buf)
			if err != nil || mute.Load() {
				return // the answer to COMMIT is here, and is kept back
			}
			if _, err := client.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if bytes.HasSuffix(buf[:n], commitMessage) {
			if p.before.CompareAndSwap(true, false) {
				p.cuts.Add(1)
				return
			}
			if p.after.CompareAndSwap(true, false) {
				p.cuts.Add(1)
				mute.Store(true)
			}
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
		if mute.Load() {
			io.Copy(io.Discard, client) //nolint:errcheck // waits for the end
			return
		}
	}
}

// TestLostCommit: a commit whose answer is lost is settled by the cursor; one
// that never arrived is an error, and the same change can be applied again.
func TestLostCommit(t *testing.T) {
	open(t)
	p := startProxy(t)
	s, err := neo4j.Open(neo4j.Options{URI: "bolt://" + p.Addr().String(), Timeout: patient})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	a, b, c := graphtest.Dataset("a"), graphtest.Dataset("b"), graphtest.Dataset("c")
	if err := s.Apply(t.Context(), graph.Change{Position: 1, Rows: []graph.Row{{Asset: a}}}); err != nil {
		t.Fatal(err)
	}
	p.after.Store(true)
	if err := s.Apply(t.Context(), graph.Change{After: 1, Position: 2, Rows: []graph.Row{{Asset: b}}}); err != nil {
		t.Errorf("committed, the answer lost: %v", err)
	}
	p.before.Store(true)
	last := graph.Change{After: 2, Position: 3, Rows: []graph.Row{{Asset: c}}}
	if err := s.Apply(t.Context(), last); !errors.Is(err, catalog.ErrUnavailable) {
		t.Errorf("never committed: %v, want ErrUnavailable", err)
	}
	if pos, err := s.Position(t.Context()); err != nil || pos != 2 {
		t.Errorf("position %s, %v; want 2", pos, err)
	}
	if err := s.Apply(t.Context(), last); err != nil {
		t.Errorf("the same change again: %v", err)
	}
	if got, err := graphtest.Dump(t.Context(), s); err != nil || strings.Count(got, "\n") != 3 || p.cuts.Load() != 2 {
		t.Errorf("%d cuts; the store holds\n%s\n%v", p.cuts.Load(), got, err)
	}
}
