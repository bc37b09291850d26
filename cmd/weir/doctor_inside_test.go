package main

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/server/gql/model"
)

// TestInsider: all who ask while one look goes on are told what it found, one
// who goes away ends nothing, and a look that hangs is given up.
func TestInsider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		i := insider{look: func(ctx context.Context) []finding {
			looks++
			<-ctx.Done()
			return []finding{{"graph", "fail", "it hangs", "look there"}, {"data", "ok", "here", "nothing to fix"}}
		}}
		answers := make(chan model.DoctorReport, 5)
		for range cap(answers) {
			go func() {
				r, err := i.report(t.Context())
				if err != nil {
					t.Error(err)
				}
				answers <- r
			}()
		}
		gone, leave := context.WithCancel(t.Context())
		go func() {
			if _, err := i.report(gone); err == nil {
				t.Error("who went away was answered")
			}
		}()
		synctest.Wait()
		leave()
		began := time.Now()
		for range cap(answers) {
			r := <-answers
			if len(r.Findings) != 2 || r.Findings[0].State != model.DoctorFail || *r.Findings[0].Fix() != "look there" || r.Findings[1].Fix() != nil {
				t.Errorf("%+v", r)
			}
		}
		if took := time.Since(began); looks != 1 || took != insideLimit {
			t.Errorf("%d looks, %s", looks, took)
		}
	})
}

// hanging is a tool that never answers.
type hanging struct {
	connectors.Connector
	name string
}

func (h hanging) Instance() string { return h.name }
func (h hanging) Probe(ctx context.Context) (connectors.Probe, error) {
	<-ctx.Done()
	return connectors.Probe{}, ctx.Err()
}

// TestToolFindings: tools that hang are waited for together.
func TestToolFindings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var conns []connectors.Connector
		want := []string{"connector a", "connector b", "connector c"}
		for _, n := range []string{"a", "b", "c"} {
			conns = append(conns, hanging{name: n})
		}
		var got []string
		for _, f := range toolFindings(t.Context(), conns) {
			got = append(got, f.what)
			if f.state != "fail" {
				t.Errorf("%+v", f)
			}
		}
		if took := time.Since(began); !slices.Equal(got, want) || took != probeTimeout {
			t.Errorf("%v after %s", got, took)
		}
	})
}
