//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/weirhq/weir/connectors/connectortest/fakesagemaker"
)

// weir is one server process on one data directory.
type weir struct {
	t         *testing.T
	w         *world
	data      string
	flags     []string // of the graph store
	sagemaker *fakesagemaker.Fake
	cmd       *exec.Cmd
	log       string
	config    string // directory of policies and connectors
}

// newWeir prepares a weir with an empty data directory, an empty shop and no
// runs in Airflow. It is not started.
func newWeir(t *testing.T, name string, graph ...string) *weir {
	t.Helper()
	w := shared
	if err := w.emptyShop(); err != nil {
		t.Fatalf("empty the shop: %v", err)
	}
	w.airflow.forget(t, "ingest", "dbt_build", "report_daily")
	w.events.to("http://" + w.listen)
	w.api.to(w.airflow.url)
	x := &weir{t: t, w: w, flags: graph,
		data: filepath.Join(w.dir, name), log: filepath.Join(w.dir, name+".weir.log"), config: filepath.Join(w.dir, name+".config")}
	x.sagemaker = fakesagemaker.New(fakesagemaker.Options{Pipelines: map[string]fakesagemaker.Pipeline{
		"churn-train": {Group: "churn", Steps: []fakesagemaker.Step{
			{Name: "train", Type: "Training", Takes: 2 * time.Second}, {Name: "register", Type: "RegisterModel", Takes: time.Second}}},
	}})
	fake := httptest.NewServer(x.sagemaker.Handler())
	t.Cleanup(fake.Close)
	x.writeConfig(fake.URL)
	t.Cleanup(func() {
		x.kill()
		if t.Failed() {
			b, _ := os.ReadFile(x.log)
			t.Logf("weir's log:\n%s", tail(b, 6000))
		}
	})
	return x
}

func tail(b []byte, n int) []byte { return b[max(0, len(b)-n):] }

func (x *weir) writeConfig(sagemaker string) {
	x.t.Helper()
	policies, err := os.ReadFile(filepath.Join(x.w.root, "test/e2e/policies/shop.yaml"))
	if err != nil {
		x.t.Fatal(err)
	}
	connectors := fmt.Sprintf(`connectors:
  - name: airflow-main
    kind: airflow
    url: %s
    auth: { username: admin, password: { env: AIRFLOW_PASSWORD } }
    namespace: prod
  - name: sm-eu
    kind: sagemaker
    region: eu-west-1
    endpoint: %s
`, x.w.api.server.URL, sagemaker)
	x.write("policies/shop.yaml", bytes.ReplaceAll(policies, []byte("PORT"), []byte(x.w.pgPort)))
	x.write("connectors.yaml", []byte(connectors))
}

func (x *weir) write(name string, b []byte) {
	x.t.Helper()
	path := filepath.Join(x.config, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		x.t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		x.t.Fatal(err)
	}
}

func (x *weir) env() []string {
	return append(os.Environ(), "AIRFLOW_PASSWORD=admin", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true")
}

// start starts the server and waits until it is ready.
func (x *weir) start() {
	x.t.Helper()
	args := append([]string{"serve", "--data", x.data, "--listen", x.w.listen, "--poll-interval", "1s",
		"--policies", filepath.Join(x.config, "policies"), "--connectors", filepath.Join(x.config, "connectors.yaml")}, x.flags...)
	log, err := os.OpenFile(x.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		x.t.Fatal(err)
	}
	defer log.Close()
	x.cmd = exec.Command(filepath.Join(x.w.root, "bin/weir"), args...)
	x.cmd.Env, x.cmd.Stdout, x.cmd.Stderr = x.env(), log, log
	if err := x.cmd.Start(); err != nil {
		x.t.Fatalf("start weir: %v", err)
	}
	await(x.t, "weir ready", sees(func() error { _, err := x.get("/readyz"); return err }))
}

// kill ends it as a power cut would.
func (x *weir) kill() {
	if x.cmd != nil && x.cmd.Process != nil {
		_ = x.cmd.Process.Kill()
		_ = x.cmd.Wait()
		x.cmd = nil
	}
}

// stop ends it as a deployment would.
func (x *weir) stop() {
	x.t.Helper()
	if x.cmd == nil {
		return
	}
	_ = x.cmd.Process.Signal(syscall.SIGTERM)
	if err := x.cmd.Wait(); err != nil {
		x.t.Errorf("weir stopped badly: %v", err)
	}
	x.cmd = nil
}

func (x *weir) get(path string) (string, error) {
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Get("http://" + x.w.listen + path)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", path, resp.Status, b)
	}
	return string(b), err
}

// cli runs the weir command and gives what it prints.
func (x *weir) cli(args ...string) string {
	x.t.Helper()
	cmd := exec.Command(filepath.Join(x.w.root, "bin/weir"), args...)
	cmd.Env = x.env()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		x.t.Fatalf("weir %s: %v: %s", strings.Join(args, " "), err, errs.String())
	}
	return out.String()
}

func (x *weir) ask(args ...string) string {
	x.t.Helper()
	return x.cli(append(args, "--url", "http://"+x.w.listen)...)
}

func (x *weir) graphql(query string, vars map[string]any, out any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Post("http://"+x.w.listen+"/graphql", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var got struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		return err
	}
	if len(got.Errors) > 0 {
		return fmt.Errorf("graphql: %v", got.Errors)
	}
	return json.Unmarshal(got.Data, out)
}

// An actionView is an action as the API shows it.
type actionView struct {
	ID, Kind, State, Connector, ToolJob, ExternalID string
	Policies                                        []string
	Pins                                            []struct {
		Name struct{ Namespace, Name string }
	}
	Run         *struct{ State string }
	CreatedAt   time.Time
	Transitions []struct {
		To, Actor, Cause string
		At               time.Time
	}
}

// actions lists all of them, oldest first.
func (x *weir) actions() ([]actionView, error) {
	var got struct{ Actions struct{ Nodes []actionView } }
	err := x.graphql(`{ actions(first: 100) { nodes { id kind state connector toolJob externalId: externalId policies
		pins { name { namespace name } } createdAt run { state } transitions { to actor cause at } } } }`, nil, &got)
	slices.Reverse(got.Actions.Nodes)
	return got.Actions.Nodes, err
}

// states lists the states of the actions of a policy, oldest first.
func (x *weir) states(policy string) ([]string, error) {
	all, err := x.actions()
	var out []string
	for _, a := range all {
		if slices.Contains(a.Policies, policy) {
			out = append(out, a.State)
		}
	}
	return out, err
}

// awaitStates waits until the actions of a policy are exactly these.
func (x *weir) awaitStates(policy string, want ...string) {
	x.t.Helper()
	await(x.t, fmt.Sprintf("actions of %s %v", policy, want), func() (bool, string) {
		got, err := x.states(policy)
		return err == nil && slices.Equal(got, want), fmt.Sprint(got, err)
	})
}

// A decisionView is a decision as the API shows it.
type decisionView struct {
	PolicyName, Outcome string
	Reasons             []struct {
		Depth       int
		Atom, Value string
	}
	Action *struct{ Kind, State string }
}

// decisions lists those of a policy, oldest first.
func (x *weir) decisions(policy string) ([]decisionView, error) {
	var got struct {
		Decisions struct{ Nodes []decisionView }
	}
	err := x.graphql(`query($p: String!) { decisions(policy: $p, first: 200) { nodes { policyName outcome
		reasons { depth atom value } action { kind state } } } }`, map[string]any{"p": policy}, &got)
	slices.Reverse(got.Decisions.Nodes)
	return got.Decisions.Nodes, err
}

// atoms are the leaves that carry a decision: those whose value is the root's.
func (d decisionView) atoms() []string {
	var out []string
	for i, r := range d.Reasons {
		leaf := i+1 == len(d.Reasons) || d.Reasons[i+1].Depth <= r.Depth
		if leaf && d.carried(i) {
			out = append(out, r.Atom)
		}
	}
	return out
}

// carried says whether a node and all above it have the root's value.
func (d decisionView) carried(i int) bool {
	depth := d.Reasons[i].Depth + 1
	for ; i >= 0; i-- {
		if r := d.Reasons[i]; r.Depth < depth {
			if r.Value != d.Reasons[0].Value {
				return false
			}
			depth = r.Depth
		}
	}
	return true
}
