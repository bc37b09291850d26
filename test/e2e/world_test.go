//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// world is what all tests share.
type world struct {
	root       string // of the module
	dir        string // of everything that is started
	pgPort     string
	airflow    *airflow
	airflowEnv []string // of its script
	listen     string   // where weir listens
	events     *tap     // what producers and gates post to; before weir
	api        *tap     // what weir calls; before Airflow
	neo4jURI   string
}

var shared *world

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	w, err := newWorld()
	if w != nil {
		defer w.close(&code)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e: start the tools:", err)
		return 1
	}
	shared = w
	return m.Run()
}

// newWorld starts PostgreSQL and Airflow.
func newWorld() (*world, error) {
	root, err := filepath.Abs("../..")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "weir-e2e-")
	if err != nil {
		return nil, err
	}
	w := &world{root: root, dir: dir, neo4jURI: os.Getenv("WEIR_TEST_NEO4J_URI")}
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL runs as another user
		return w, err
	}
	if w.listen, err = freeAddress(); err != nil {
		return w, err
	}
	w.events, w.api = newTap(), newTap()
	w.events.to("http://" + w.listen)
	if err := w.startPostgres(); err != nil {
		return w, err
	}
	return w, w.startAirflow()
}

func (w *world) close(code *int) {
	_, _ = w.script(nil, "airflow.sh", "stop", filepath.Join(w.dir, "airflow"))
	_, _ = w.script(nil, "postgres.sh", "stop", filepath.Join(w.dir, "postgres"))
	if *code != 0 {
		w.keepLogs()
	}
	_ = os.RemoveAll(w.dir)
}

// keepLogs copies what explains a failure to out/.
func (w *world) keepLogs() {
	out := filepath.Join(w.root, "test/e2e/out")
	_ = os.MkdirAll(out, 0o755)
	for _, pattern := range []string{"airflow/out/*.log", "*.log", "*.ndjson"} {
		files, _ := filepath.Glob(filepath.Join(w.dir, pattern))
		for _, f := range files {
			if b, err := os.ReadFile(f); err == nil {
				_ = os.WriteFile(filepath.Join(out, filepath.Base(f)), b, 0o644)
			}
		}
	}
	fmt.Fprintln(os.Stderr, "e2e: logs are in test/e2e/out")
}

// script runs one of the project's scripts and gives what it prints.
func (w *world) script(env []string, name string, args ...string) (string, error) {
	return w.command(env, filepath.Join(w.root, "scripts", name), args...)
}

func (w *world) command(env []string, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	// Files, not pipes: what a script leaves running would hold a pipe open.
	out, err := os.CreateTemp(w.dir, "out-")
	if err != nil {
		return "", err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	errs, err := os.CreateTemp(w.dir, "err-")
	if err != nil {
		return "", err
	}
	defer os.Remove(errs.Name())
	defer errs.Close()
	cmd.Stdout, cmd.Stderr = out, errs
	runErr := cmd.Run()
	stdout, _ := os.ReadFile(out.Name())
	if runErr != nil {
		stderr, _ := os.ReadFile(errs.Name())
		return string(stdout), fmt.Errorf("%s %s: %w: %s", filepath.Base(name), strings.Join(args, " "), runErr, bytes.TrimSpace(stderr))
	}
	return strings.TrimSpace(string(stdout)), nil
}

func (w *world) startPostgres() error {
	uri, err := w.script(nil, "postgres.sh", "start", filepath.Join(w.dir, "postgres"))
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(uri, "127.0.0.1:")
	w.pgPort, _, _ = strings.Cut(rest, "/")
	if _, err := w.command(nil, "psql", "-q", uri, "-c", "create database shop"); err != nil {
		return err
	}
	return w.emptyShop()
}

// emptyShop makes the shop's database as new.
func (w *world) emptyShop() error {
	return w.sql(`set client_min_messages = warning;
		drop schema if exists raw, report, staging, marts cascade;
		create schema raw; create schema report; create schema staging; create schema marts;
		create table raw.orders (id serial primary key, customer text, amount numeric);
		create table report.daily (total numeric);`)
}

func (w *world) sql(text string) error {
	_, err := w.command(nil, "psql", "-q", "-v", "ON_ERROR_STOP=1", w.shopURI(), "-c", text)
	return err
}

func (w *world) shopURI() string { return "postgres://weir@127.0.0.1:" + w.pgPort + "/shop" }

// dataset is the name under which both tools report a table of the shop.
func (w *world) dataset(table string) string {
	return "dataset:postgres://127.0.0.1:" + w.pgPort + "/shop." + table
}

func (w *world) startAirflow() error {
	project := filepath.Join(w.dir, "shop")
	if err := os.CopyFS(project, os.DirFS(filepath.Join(w.root, "test/e2e/shop"))); err != nil {
		return err
	}
	bin, err := w.script(nil, "dbt.sh", "install")
	if err != nil {
		return err
	}
	if _, err := w.script(nil, "airflow.sh", "install"); err != nil {
		return err
	}
	w.airflowEnv = []string{
		"OL_URL=http://" + w.events.addr(), "OL_NAMESPACE=prod",
		"OPENLINEAGE_URL=http://" + w.events.addr(),
		"AF_DAGS=" + filepath.Join(w.root, "test/e2e/dags"),
		"AIRFLOW_CONN_SHOP=" + w.shopURI(),
		"AIRFLOW_CONN_WEIR=http://" + w.events.addr(),
		"DBT_BIN=" + bin, "DBT_PROJECT_DIR=" + project, "DBT_PROFILES_DIR=" + project,
		"SHOP_PORT=" + w.pgPort, "PYTHONDONTWRITEBYTECODE=1",
		"AIRFLOW__CORE__PLUGINS_FOLDER=" + filepath.Join(w.root, "connectors/airflow/plugins"),
		"WAIT_DAGS=ingest dbt_build report_daily gated by_weir by_hand by_asset",
	}
	url, err := w.script(w.airflowEnv, "airflow.sh", "up", filepath.Join(w.dir, "airflow"))
	if err != nil {
		return err
	}
	w.airflow = &airflow{url: url}
	return nil
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// patience is how long a wait may take before nothing comes any more: what is
// waited for takes seconds, and a machine with other work its time.
const patience = 3 * time.Minute

// await waits until a condition holds. The condition says what it sees, for
// the message when it never does.
func await(t *testing.T, what string, holds func() (bool, string)) {
	t.Helper()
	var saw string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		ok, now := holds()
		if ok {
			return
		}
		saw = now
	}
	t.Fatalf("%s: not within %s; last seen: %s", what, patience, saw)
}

// sees makes a condition of a function that fails until it holds.
func sees(check func() error) func() (bool, string) {
	return func() (bool, string) {
		err := check()
		return err == nil, fmt.Sprint(err)
	}
}
