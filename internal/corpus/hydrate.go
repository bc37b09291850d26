package corpus

import (
	"bytes"
	"cmp"
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// hydrate makes events of the templates of a folder, scenario by scenario.
func (f *Folder) hydrate(files []file) error {
	order, by := []string{}, map[string][]*template{}
	for _, x := range files {
		for i, body := range x.bodies {
			t := &template{name: x.place(i), single: !x.many}
			dec := json.NewDecoder(bytes.NewReader(body))
			dec.UseNumber()
			if err := dec.Decode(&t.event); err != nil {
				return err
			}
			key := scenarioOf(x)
			if by[key] == nil {
				order = append(order, key)
			}
			by[key] = append(by[key], t)
		}
	}
	for i, key := range order {
		// An hour each: scenarios that share a job do not overlap.
		s := scenario{name: key, now: epoch.Add(time.Duration(i) * time.Hour), runs: map[string]string{}, jobs: map[string]any{}}
		if err := f.scenario(&s, by[key]); err != nil {
			return err
		}
	}
	return nil
}

func (f *Folder) scenario(s *scenario, list []*template) error {
	// One file an event: the files' names do not say which came first.
	slices.SortStableFunc(list, func(a, b *template) int {
		if !a.single || !b.single {
			return 0
		}
		return cmp.Compare(a.rank(), b.rank())
	})
	s.start(list)
	for _, t := range list {
		if jobOf(t.event) == "" && t.event["dataset"] == nil && !s.lend(t.event) {
			f.Left = append(f.Left, t.name+": "+errNoJob.Error())
			continue
		}
		s.stamp(t.event)
		s.link(t.event)
		body, err := json.Marshal(fill("", t.event))
		if err != nil {
			return err
		}
		f.Events = append(f.Events, Event{Name: t.name, Body: body, Hydrated: true})
	}
	return nil
}

// epoch is when the first scenario of a folder without times begins.
var epoch = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

type template struct {
	name   string
	event  map[string]any
	single bool
}

// rank is where an event stands in its run.
func (t *template) rank() int {
	return slices.Index([]string{"START", "RUNNING", "OTHER", "COMPLETE", "ABORT", "FAIL"}, text(t.event["eventType"]))
}

// A scenario is what one run of a tool sent: a file of several events, or the
// files of one event each that share a name but for the event's type.
type scenario struct {
	name string
	now  time.Time
	runs map[string]string // run id by job
	jobs map[string]any    // the jobs it names
}

var typeWords = regexp.MustCompile(`(?i)[_-]?(start|running|complete|completed|end|fail|failed|abort|checkpoints?)$`)

func scenarioOf(x file) string {
	if x.many {
		return x.name
	}
	return typeWords.ReplaceAllString(strings.TrimSuffix(x.name, path.Ext(x.name)), "")
}

// start finds when the scenario begins and the run ids that stand there.
func (s *scenario) start(list []*template) {
	first := true
	for _, t := range list {
		if at, err := time.Parse(time.RFC3339, text(t.event["eventTime"])); err == nil && (first || at.Before(s.now)) {
			s.now, first = at, false
		}
		if job := jobOf(t.event); job != "" {
			s.jobs[job] = map[string]any{"namespace": child(t.event, "job")["namespace"], "name": child(t.event, "job")["name"]}
		}
		if id := text(child(t.event, "run")["runId"]); id != "" && !placeholder(id) {
			s.runs[jobOf(t.event)] = id
		}
	}
}

// lend gives an event that leaves its job out that of the scenario, if there is
// one alone.
func (s *scenario) lend(e map[string]any) bool {
	if len(s.jobs) != 1 {
		return false
	}
	for _, job := range s.jobs {
		e["job"] = job
	}
	return true
}

// stamp gives an event a time later than the one before it, unless it has one.
func (s *scenario) stamp(e map[string]any) {
	at, err := time.Parse(time.RFC3339, text(e["eventTime"]))
	if err != nil {
		s.now = s.now.Add(time.Second)
		e["eventTime"] = s.now.Format(time.RFC3339)
		return
	}
	if at.After(s.now) {
		s.now = at
	}
}

// link gives the run its id and links parent and root by job name.
func (s *scenario) link(e map[string]any) {
	job := jobOf(e)
	run := child(e, "run")
	if run == nil {
		if e["eventType"] == nil {
			return // a job or a dataset event
		}
		run = map[string]any{}
		e["run"] = run
	}
	run["runId"] = s.run(job, text(run["runId"]))
	parent := child(child(run, "facets"), "parent")
	for _, p := range []map[string]any{parent, child(parent, "root")} {
		if p == nil {
			continue
		}
		r := child(p, "run")
		if r == nil {
			r = map[string]any{}
			p["run"] = r
		}
		r["runId"] = s.run(jobOf(p), text(r["runId"]))
	}
}

// run is the one run of a job, a given id unless another is known.
func (s *scenario) run(job, given string) string {
	switch known := s.runs[job]; {
	case known != "":
		return known
	case given != "" && !placeholder(given):
		return given
	}
	s.runs[job] = uuid.NewSHA1(uuid.NameSpaceURL, []byte(s.name+"\n"+job)).String()
	return s.runs[job]
}

// jobOf is the job of an event or of a parent facet, "" without one.
func jobOf(e map[string]any) string {
	job := child(e, "job")
	if text(job["name"]) == "" {
		return ""
	}
	return text(fill("namespace", job["namespace"])) + "\n" + text(fill("name", job["name"]))
}

func child(m map[string]any, key string) map[string]any {
	c, _ := m[key].(map[string]any)
	return c
}

func text(v any) string {
	s, _ := v.(string)
	return s
}
