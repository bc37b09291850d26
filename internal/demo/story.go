package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors/connectortest/fakeairflow"
	"github.com/weirhq/weir/connectors/connectortest/fakesagemaker"
	"github.com/weirhq/weir/policies"
)

// Weir is what the teller looks at to say what happens; it only reads.
type Weir interface {
	Evaluations() []policies.Evaluated
	Actions(ctx context.Context, q catalog.ActionQuery) ([]catalog.Action, error)
	// Behind is how many journalled events are not read yet.
	Behind() int
}

// Options configure a Story; zero values are useful.
type Options struct {
	// Out is where it is told. Prefix colours nothing: the caller decides.
	Out io.Writer
	Now func() time.Time
	// Pace stretches the pauses for readers: 1 takes about two minutes, near 0
	// tells it as fast as weir acts.
	Pace float64
	// Days of history; 0 is 30.
	Days int
	// Patience is how long something expected may take; 0 is a minute.
	Patience time.Duration
}

// Story is the demo: the shop, its tools, and one morning.
type Story struct {
	o         Options
	company   *company
	airflow   *fakeairflow.Fake
	sagemaker *fakesagemaker.Fake
	started   chan fakeairflow.Run
	now       func() time.Time
	http      *http.Client

	begin time.Time
	url   string
	weir  Weir

	mu   sync.Mutex
	live [][]byte // what was sent since the beginning
}

// New returns a story; nothing runs yet.
func New(o Options) *Story {
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Days == 0 {
		o.Days = 30
	}
	if o.Patience == 0 {
		o.Patience = time.Minute
	}
	s := &Story{o: o, company: newCompany(), now: o.Now, started: make(chan fakeairflow.Run, 64), http: &http.Client{Timeout: 30 * time.Second}}
	s.airflow = newAirflow(s.started, s.company)
	s.sagemaker = newSageMaker(o.Pace)
	return s
}

// Trainings counts the executions that SageMaker made, Reports the DAG runs
// that weir had Airflow make.
func (s *Story) Trainings() int { return s.sagemaker.Starts() }

// Reports counts the runs that Airflow was asked for.
func (s *Story) Reports() int { return s.airflow.Starts() }

// Tell tells the story once, to a weir that serves at url with an empty
// policies directory.
func (s *Story) Tell(ctx context.Context, w Weir, url, policiesDir string) error {
	s.weir, s.url, s.begin = w, url, s.now()
	nightly := s.begin.Add(-4 * time.Hour).Truncate(time.Second)
	for _, chapter := range []func(context.Context) error{
		func(ctx context.Context) error { return s.remember(ctx, nightly) },
		func(ctx context.Context) error { return s.decree(ctx, policiesDir, nightly) },
		s.latePayments, s.askGate, s.scoresEarly, s.dbtAtLast, s.training, s.scoresInTime, s.twice, s.newSessions, s.goodbye,
	} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	return nil
}

// remember sends the past.
func (s *Story) remember(ctx context.Context, nightly time.Time) error {
	events := s.company.past(nightly, s.o.Days)
	const batch = 200
	for part := range slices.Chunk(events, batch) {
		if err := s.post(ctx, "/api/v1/lineage/batch", slices.Concat([]byte("["), bytes.Join(part, []byte(",")), []byte("]"))); err != nil {
			return err
		}
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	s.say("A shop with six tools. Airflow, dbt, Spark, SageMaker and the boards have sent %d events of the last %d days: %d data assets, %d jobs.", len(events), s.o.Days, len(s.company.data), len(s.company.jobs))
	return nil
}

// decree puts the policies in force.
func (s *Story) decree(ctx context.Context, dir string, nightly time.Time) error {
	if err := writePolicies(dir); err != nil {
		return err
	}
	if err := s.until(ctx, "the policies are in force", func() (bool, error) { return len(s.weir.Evaluations()) == len(policyFiles), nil }); err != nil {
		return err
	}
	s.say("%d policies were written to a directory; weir noticed and decides by them from now on.", len(policyFiles))
	s.say("The nightly dbt run was due at %s and has not come: it is 4 hours late. Airflow says nothing.", nightly.UTC().Format("15:04"))
	if e, ok := s.evaluation("customers-fresh"); ok {
		s.say("  marts.customers is %s: %s", strings.ToLower(string(policies.FreshnessOf(e).State)), e.Tree.Children[0].Says)
	}
	return s.sayWaiting(ctx)
}

func (s *Story) sayWaiting(ctx context.Context) error {
	s.say("SageMaker's churn training is wanted, since there are new sessions, and weir holds it back:")
	if err := s.sayWait(ctx); err != nil {
		return err
	}
	return s.pause(ctx, 4*time.Second)
}

// sayWait says what the training waits for.
func (s *Story) sayWait(ctx context.Context) error {
	var e policies.Evaluated
	err := s.until(ctx, "the training waits", func() (bool, error) {
		e, _ = s.evaluation("churn-training")
		return e.Outcome == catalog.DecideWait || e.Outcome == catalog.DecideHold, nil
	})
	if err != nil {
		return err
	}
	s.say("  %s", e.Tree.Says)
	return nil
}

// latePayments: a small action, from event to closed.
func (s *Story) latePayments(ctx context.Context) error {
	s.say("Meanwhile payments are loaded once more: Airflow's ingest_payments reports a new version of raw.payments.")
	if err := s.playDAG(ctx, "ingest_payments", time.Second); err != nil {
		return err
	}
	a, err := s.follow(ctx, "payments-report")
	if err != nil {
		return err
	}
	s.say("  From event to closed action: weir knew it was done because Airflow's own events said so (run %s).", short(a.Run.RunID))
	return s.pause(ctx, 6*time.Second)
}

// askGate: a tool that keeps its own schedule asks first.
func (s *Story) askGate(ctx context.Context) error {
	a, err := s.gate(ctx)
	if err != nil {
		return err
	}
	s.say("The revenue board wants to refresh on its own schedule and asks the gate first: %s.", strings.ToUpper(a.Decision))
	for _, r := range a.Reasons {
		s.say("  %s", r)
	}
	return s.pause(ctx, 15*time.Second)
}

// scoresEarly: a clock knows nothing of a late night, and a policy in shadow
// says which run it would have saved.
func (s *Story) scoresEarly(ctx context.Context) error {
	s.say("Airflow's clock starts score_customers, with the model of the night before. The policy score-customers is in shadow: it holds nobody, and writes down that it wants no run.")
	return s.playDAG(ctx, "score_customers", time.Second)
}

// dbtAtLast: the late run comes, and weir watches.
func (s *Story) dbtAtLast(ctx context.Context) error {
	s.say("Now Airflow starts dbt_nightly, four hours late. %d models, then their tests.", len(sources)+len(marts))
	now := s.now()
	dag := &run{job: "dbt_nightly", id: runID("dbt_nightly", now), start: now, external: "scheduled__" + now.UTC().Format("2006-01-02T15:04:05+00:00")}
	build := &run{job: "dbt_nightly.build", id: runID("dbt_nightly.build", now), start: now, parent: dag}
	wrapper := &run{job: "dbt-run-shop", id: runID("dbt-run-shop", now), start: now, parent: build}
	for _, r := range []*run{dag, build, wrapper} {
		if err := s.send(ctx, s.company.event("START", s.now(), r)); err != nil {
			return err
		}
	}
	tests := false
	for _, st := range s.company.order {
		if st.parent != "dbt-run-shop" {
			continue
		}
		if strings.HasSuffix(st.job, ".test") && !tests {
			tests = true
			if err := s.sayChecks(ctx); err != nil {
				return err
			}
		}
		if err := s.play(ctx, st.job, wrapper, 2*time.Second); err != nil {
			return err
		}
	}
	s.say("All tests passed. dbt ends, and the DAG's last task exports the features to the lake.")
	for _, r := range []*run{wrapper, build} {
		if err := s.send(ctx, s.company.event("COMPLETE", s.now(), r)); err != nil {
			return err
		}
	}
	if err := s.play(ctx, "dbt_nightly.export_features", dag, 2*time.Second); err != nil {
		return err
	}
	return s.send(ctx, s.company.event("COMPLETE", s.now(), dag))
}

// sayChecks: the data is there and the training still waits: for the tests.
func (s *Story) sayChecks(ctx context.Context) error {
	if err := s.settle(ctx); err != nil {
		return err
	}
	if n := s.Trainings(); n != 0 {
		return fmt.Errorf("demo: %d trainings were started before the tests had passed", n)
	}
	s.say("The models are built. No training yet: neither have their tests spoken, nor were the features exported.")
	return s.pause(ctx, 3*time.Second)
}

// training starts once, and its events close the action.
func (s *Story) training(ctx context.Context) error {
	a, err := s.follow(ctx, "churn-training")
	if err != nil {
		return err
	}
	if n := s.Trainings(); n != 1 {
		return fmt.Errorf("demo: SageMaker ran %d trainings, want 1", n)
	}
	s.say("  One training ran. It is pinned to what it read:")
	for _, p := range a.Pins {
		s.say("    %s of %s", p.Name.Name, p.ProducedAt.UTC().Format("15:04:05"))
	}
	g, err := s.gate(ctx)
	if err != nil {
		return err
	}
	s.say("The revenue board asks again: %s.", strings.ToUpper(g.Decision))
	return s.pause(ctx, 4*time.Second)
}

// scoresInTime: the clock comes to what the policy in shadow wants, too.
func (s *Story) scoresInTime(ctx context.Context) error {
	err := s.until(ctx, "the policy in shadow would run", func() (bool, error) {
		e, _ := s.evaluation("score-customers")
		return e.Outcome == catalog.DecideRun, nil
	})
	if err != nil {
		return err
	}
	s.say("The model is new: score-customers would start a run now, and Airflow's clock does. weir shadow score-customers compares the two.")
	return s.playDAG(ctx, "score_customers", time.Second)
}

// twice: transports deliver more than once; nothing happens twice.
func (s *Story) twice(ctx context.Context) error {
	s.mu.Lock()
	events := slices.Concat(s.company.past(s.begin.Add(-4*time.Hour).Truncate(time.Second), 1), s.live)
	s.mu.Unlock()
	s.say("Now all %d events of this night are delivered a second time, as transports may. weir keeps them, and does nothing twice:", len(events))
	again := s.now()
	for part := range slices.Chunk(events, 100) {
		for i := range part { // a blank makes other bytes of it, else the door drops it
			part[i] = slices.Concat([]byte("{ "), part[i][1:])
		}
		if err := s.post(ctx, "/api/v1/lineage/batch", slices.Concat([]byte("["), bytes.Join(part, []byte(",")), []byte("]"))); err != nil {
			return err
		}
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	err := s.until(ctx, "the training has nothing to do", func() (bool, error) {
		e, _ := s.evaluation("churn-training")
		return e.Outcome == catalog.DecideNothing && e.At.After(again), nil
	})
	if err != nil {
		return err
	}
	if n := s.Trainings(); n != 1 {
		return fmt.Errorf("demo: SageMaker ran %d trainings after a second delivery, want 1", n)
	}
	e, _ := s.evaluation("churn-training")
	s.say("  %s", e.Tree.Says)
	s.say("  Trainings: %d. Reports: %d.", s.Trainings(), s.Reports())
	return nil
}

// newSessions: what is left when the story ends is a training that waits, so
// that whoever comes later finds something to ask about.
func (s *Story) newSessions(ctx context.Context) error {
	s.say("The day goes on: Spark makes new sessions, and the churn training is wanted once more. It waits for the features of the next night:")
	if err := s.play(ctx, "sessionize", nil, time.Second); err != nil {
		return err
	}
	return s.sayWait(ctx)
}

func (s *Story) goodbye(context.Context) error {
	s.say("That was the morning. weir goes on serving %s; try:", s.url)
	s.say("  weir why dataset:sagemaker://sm-eu/model/churn --url %s", s.url)
	s.say("  weir lineage dataset:sagemaker://sm-eu/model/churn -u 4 -d 2 --url %s", s.url)
	return nil
}

// playDAG runs a DAG with its tasks on Airflow's own schedule.
func (s *Story) playDAG(ctx context.Context, name string, takes time.Duration) error {
	now := s.now()
	dag := &run{job: name, id: runID(name, now), start: now, external: "scheduled__" + now.UTC().Format("2006-01-02T15:04:05+00:00")}
	if err := s.send(ctx, s.company.event("START", now, dag)); err != nil {
		return err
	}
	for _, st := range s.company.order {
		if st.parent == name {
			if err := s.play(ctx, st.job, dag, takes); err != nil {
				return err
			}
		}
	}
	return s.send(ctx, s.company.event("COMPLETE", s.now(), dag))
}

// follow tells each step of the newest action of a policy until it is closed.
func (s *Story) follow(ctx context.Context, policy string) (catalog.Action, error) {
	var last catalog.Action
	told := 0
	err := s.until(ctx, "the action of "+policy+" is closed", func() (bool, error) {
		list, err := s.weir.Actions(ctx, catalog.ActionQuery{Limit: 50})
		if err != nil {
			return false, err
		}
		for _, a := range list {
			if len(a.Policies) == 0 || a.Policies[0] != policy || a.CreatedAt.Before(s.begin) {
				continue
			}
			for ; told < len(a.Transitions); told++ {
				t := a.Transitions[told]
				s.say("  weir: %s on %s %s (%s)", a.ToolJob, a.Connector, strings.ToLower(string(t.To)), t.Cause)
			}
			last = a
			break
		}
		return last.State.Terminal(), nil
	})
	if err == nil && last.State != catalog.ActionSucceeded {
		err = fmt.Errorf("demo: the action of %s ended as %s", policy, last.State)
	}
	return last, err
}

func (s *Story) evaluation(policy string) (policies.Evaluated, bool) {
	for _, e := range s.weir.Evaluations() {
		if e.Policy.Name == policy {
			return e, true
		}
	}
	return policies.Evaluated{}, false
}

func short(id string) string { return id[:min(len(id), 8)] }

// say tells one sentence, with the time since the beginning.
func (s *Story) say(format string, args ...any) {
	d := s.now().Sub(s.begin)
	fmt.Fprintf(s.o.Out, "%02d:%02d  %s\n", int(d.Minutes()), int(d.Seconds())%60, fmt.Sprintf(format, args...))
}

// pause gives readers time.
func (s *Story) pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(scale(d, s.o.Pace))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// until looks again and again until a condition holds.
func (s *Story) until(ctx context.Context, what string, ok func() (bool, error)) error {
	patience, cancel := context.WithTimeout(ctx, s.o.Patience)
	defer cancel()
	t := time.NewTicker(50 * time.Millisecond)
	defer t.Stop()
	for {
		if done, err := ok(); err != nil || done {
			return err
		}
		select {
		case <-patience.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("demo: waited %s in vain until %s", s.o.Patience, what)
		case <-t.C:
		}
	}
}

// settle waits until weir has read all that was sent.
func (s *Story) settle(ctx context.Context) error {
	return s.until(ctx, "everything sent is read", func() (bool, error) { return s.weir.Behind() == 0, nil })
}

// send posts one event, as a tool does.
func (s *Story) send(ctx context.Context, body []byte) error {
	s.mu.Lock()
	s.live = append(s.live, body)
	s.mu.Unlock()
	return s.post(ctx, "/api/v1/lineage", body)
}

func (s *Story) post(ctx context.Context, path string, body []byte) error {
	var answer struct {
		Summary struct{ Failed int }
	}
	if err := s.ask(ctx, path, body, &answer); err != nil {
		return err
	}
	if answer.Summary.Failed > 0 {
		return fmt.Errorf("demo: %d events were refused", answer.Summary.Failed)
	}
	return nil
}

// gateAnswer is what the gate says.
type gateAnswer struct {
	Decision string
	Reasons  []string
}

func (s *Story) gate(ctx context.Context) (gateAnswer, error) {
	if err := s.settle(ctx); err != nil {
		return gateAnswer{}, err
	}
	body, err := json.Marshal(object{"job": object{"namespace": boards, "name": "refresh_revenue"}, "key": s.begin.UTC().Format(time.DateOnly), "runRef": runID("refresh_revenue", s.begin)})
	if err != nil {
		return gateAnswer{}, err
	}
	var a gateAnswer
	return a, s.ask(ctx, "/api/v1/gate", body, &a)
}

func (s *Story) ask(ctx context.Context, path string, body []byte, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.http.Do(req)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("demo: %s answered %s: %.300s", path, resp.Status, b)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("demo: %s: %w", path, err)
	}
	return nil
}
