package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql/model"
)

// insider is the doctor of a running server, who looks without touching: the
// directory is not written to, stores are not read whole, tools are asked over
// the connections there are. All who ask at once are told what one look found.
type insider struct {
	look  func(ctx context.Context) []finding
	group singleflight.Group
}

// insideLimit is how long one look may take: a tool or a database that hangs is
// given up before.
const insideLimit = 15 * time.Second

// report looks, or waits for who looks already. A reader who goes away ends no
// look that others wait for.
func (i *insider) report(ctx context.Context) (model.DoctorReport, error) {
	found := i.group.DoChan("", func() (any, error) {
		inside, cancel := context.WithTimeout(context.WithoutCancel(ctx), insideLimit)
		defer cancel()
		return reported(time.Now().UTC(), i.look(inside)), nil
	})
	select {
	case <-ctx.Done():
		return model.DoctorReport{}, ctx.Err()
	case r := <-found:
		return r.Val.(model.DoctorReport), nil
	}
}

func reported(at time.Time, list []finding) model.DoctorReport {
	r := model.DoctorReport{At: at}
	for _, f := range list {
		if f.state == "ok" {
			f.fix = ""
		}
		r.Findings = append(r.Findings, model.DoctorFinding{What: f.what, State: model.DoctorState(strings.ToUpper(f.state)), Says: f.says, Suggests: f.fix})
	}
	return r
}

// examine is what weir doctor looks at, as far as a server can of itself.
func (w *plant) examine(ctx context.Context) []finding {
	out := w.examinePolicies(ctx)
	out = append(out, checkAssets(ctx, nil, w.cfg)...)
	out = append(out, dataFinding(w.cfg, func(string) error { return nil })...)
	out = append(out, checkFiles(ctx, nil, w.cfg)...)
	out = append(out, w.examineGraph(ctx)...)
	if conns := w.gatherer.Connectors; len(conns) > 0 {
		out = append(out, toolFindings(ctx, conns)...)
	} else {
		out = append(out, noTools...)
	}
	out = append(out, w.examineSelf(ctx)...)
	out = append(out, w.examineQuarantine(ctx)...)
	return append(out, w.examineSearch(ctx))
}

func (w *plant) examineGraph(ctx context.Context) []finding {
	if w.cfg.Graph == "embedded" {
		return checkGraph(ctx, nil, w.cfg)
	}
	short, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	return neo4jFinding(short, w.cfg, w.graph)
}

// examinePolicies reads the directory anew; without one, what was applied holds.
func (w *plant) examinePolicies(ctx context.Context) []finding {
	if n := w.live.Get().Written(); w.cfg.Policies == "" && n > 0 {
		return []finding{result("policies", count(n, "policy is", "policies are")+" in force, from no directory", nil)}
	}
	return checkPolicies(ctx, nil, w.cfg)
}

func (w *plant) examineSelf(ctx context.Context) (out []finding) {
	s := w.status(ctx)
	for _, why := range append(s.Reasons, s.Degraded...) {
		out = append(out, finding{"server", "warn", why, "its log says more"})
	}
	if len(out) > 0 {
		return out
	}
	return []finding{{"server", "ok", fmt.Sprintf("ready, position %s, %d entries behind", s.Position, s.End-s.Position), ""}}
}

// examineQuarantine counts as far as weir doctor does.
func (w *plant) examineQuarantine(ctx context.Context) []finding {
	const most = 100
	list, err := w.letters.List(ctx, catalog.ParkedQuery{Limit: most + 1})
	if err != nil {
		return []finding{result("quarantine", "", err)}
	}
	newest := ""
	if len(list) > 0 {
		newest = list[0].Code + ", " + oneLine(list[0].Reason)
	}
	return quarantineFinding(min(len(list), most), len(list) > most, newest)
}

func (w *plant) examineSearch(ctx context.Context) finding {
	at, err := w.search.Position(ctx)
	if err != nil {
		return searchLag(nil, nil)
	}
	short, err := w.search.Short(ctx)
	if err != nil {
		return searchLag(nil, nil)
	}
	search, position := at.String(), w.projector.Position().String()
	return searchedInPart(searchLag(&position, &search), short)
}
