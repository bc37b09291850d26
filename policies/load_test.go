package policies_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

func TestParseWhole(t *testing.T) {
	list, err := policies.Parse("p.yaml", []byte(`# a comment
apiVersion: weir.dev/v1
kind: Policy
name: orders-mart
select: { asset: "dataset:postgres://wh:5432/shop.marts.orders" }
target: { connector: airflow-main, job: dbt_build, params: { full: false } }
mode: act
owner: team
want: { by: { cron: "0 9 * * *", tz: Europe/Berlin, covers: 6h } }
inputs:
  "dataset:postgres://wh:5432/shop.raw.orders": { trigger: true, require: updated, checks: blocking }
  "dataset:kafka://b:9092/events": { require: { fresh: 2h }, static: true }
  "dataset:file/x": { require: none }
ready: { all: [ self_idle ], max_wait: 6h }
on_first: run
on_unknown: skip
min_interval: 20m
quiet: 3m
run_timeout: 2d
skip_unchanged: true
---
kind: Policy
name: second
select: { asset: { type: job, namespace: "a/b", name: "c/d" } }
want: manual
`))
	if err != nil {
		t.Fatal(err)
	}
	p := list[0]
	if len(list) != 2 || p.Mode != catalog.ModeAct || p.Want.Covers != 6*time.Hour || len(p.Inputs) != 3 || p.RunTimeout != 48*time.Hour ||
		p.Ready.MaxWait != 6*time.Hour || p.EventGrace != time.Minute || p.LeaseTTL != 10*time.Minute || p.Line != 2 {
		t.Errorf("%+v", p)
	}
	if in := p.Inputs[0]; in.Selector.Text != "file/x" || in.Require != policies.RequireNone {
		t.Errorf("inputs are not sorted: %+v", in)
	}
	if q := list[1]; q.Mode != catalog.ModeShadow || q.Select.Exact == nil || q.Line != 22 || q.OnFirst != policies.FirstWait || !q.Ready.SelfIdle {
		t.Errorf("%+v", q)
	}
}

const head = "kind: Policy\nname: p\nselect: { asset: \"dataset:pg://wh/a\" }\n"

func TestFileErrors(t *testing.T) {
	for name, c := range map[string]struct {
		yaml, code string
		line       int
	}{
		"unknown key":         {head + "wnat: manual\n", "E101", 4},
		"unknown input key":   {head + "inputs:\n  \"dataset:pg://wh/b\": { triger: true }\n", "E101", 5},
		"not YAML":            {head + "want: [\n", "E101", 4},
		"notify of nothing":   {head + "notify: { on_fire: x }\n", "E106", 4},
		"notify nobody":       {head + "notify: { late: [ \"two words\" ] }\n", "E106", 4},
		"select nothing":      {"kind: Policy\nname: p\nselect: { type: job }\n", "E109", 3},
		"tag beside a name":   {"kind: Policy\nname: p\nselect: { asset: \"dataset:pg://wh/a\", tag: mart }\n", "E109", 3},
		"partition want":      {head + "want: { partition: { lateness: 2h } }\n", "E106", 4},
		"approved of no end":  {head + "ready: { all: [ approved ] }\n", "E121", 4},
		"calendar's key":      {"kind: Calendar\nname: p\nselect: { asset: \"dataset:pg://wh/a\" }\n", "E101", 3},
		"endless freeze":      {head + "freeze: true\n", "E150", 4},
		"freeze of no end":    {head + "freeze: { reason: stocktaking }\n", "E150", 4},
		"endless blackout":    {head + "blackout: { cron: \"0 * * * *\", duration: 1h }\n", "E125", 4},
		"want of two keys":    {head + "want: { max_lag: 1h, max_age: 2h }\n", "E106", 4},
		"mode":                {head + "mode: acting\n", "E106", 4},
		"require":             {head + "inputs:\n  \"dataset:pg://wh/b\": { require: newer }\n", "E106", 5},
		"name":                {strings.Replace(head, "name: p", "name: P 1", 1), "E105", 2},
		"selector":            {"kind: Policy\nname: p\nselect: { asset: \"table:x\" }\n", "E109", 3},
		"target without job":  {head + "target: { connector: c }\n", "E108", 4},
		"cron":                {head + "want: { by: { cron: \"0 9 * *\", tz: UTC } }\n", "E120", 4},
		"zone":                {head + "want: { by: { cron: \"0 9 * * *\", tz: Mars } }\n", "E120", 4},
		"duration":            {head + "quiet: soon\n", "E121", 4},
		"negative duration":   {head + "quiet: -3m\n", "E121", 4},
		"interval beyond lag": {head + "want: { max_lag: 1h }\nmin_interval: 2h\n", "E123", 5},
		"act without owner":   {head + "mode: act\n", "E151", 4},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := policies.Parse("p.yaml", []byte(c.yaml))
			var e *policies.FileError
			if !errors.As(err, &e) {
				t.Fatalf("no FileError: %v", err)
			}
			if e.Code != c.code || e.Line != c.line || e.Hint == "" || e.File != "p.yaml" {
				t.Errorf("%v (hint %q), want %s at line %d", e, e.Hint, c.code, c.line)
			}
		})
	}
}

func TestErrorsBetweenPolicies(t *testing.T) {
	act := func(name, asset, input string) string {
		return "kind: Policy\nname: " + name + "\nselect: { asset: \"dataset:pg://wh/" + asset + "\" }\nmode: act\nowner: o\ninputs: { \"dataset:pg://wh/" + input + "\": { trigger: true } }\n---\n"
	}
	for name, c := range map[string]struct{ yaml, code, says string }{
		"38 cycle":   {act("a", "a", "b") + act("b", "b", "c") + act("c", "c", "a"), "E110", "dataset:pg://wh/a <- dataset:pg://wh/b <- dataset:pg://wh/c <- dataset:pg://wh/a"},
		"equal rank": {act("a", "a", "b") + act("a2", "a", "c"), "E103", "both act"},
		"same name":  {act("a", "a", "b") + act("a", "c", "d"), "E104", "too"},
		"no cycle":   {act("a", "a", "b") + act("b", "b", "c") + act("d", "d", "a") + act("e", "e", "e"), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "p.yaml"), []byte(c.yaml), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := policies.LoadDir(dir)
			if c.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var e *policies.FileError
			if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(e.What, c.says) {
				t.Errorf("%v, want %s with %q", err, c.code, c.says)
			}
		})
	}
}

func TestReloadKeepsTheLastGoodSet(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "p.yaml")
	write := func(s string) {
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(head)
	live := &policies.Live{}
	if err := live.Reload(dir); err != nil {
		t.Fatal(err)
	}
	good := live.Get()
	write(head + "oops: 1\n")
	if err := live.Reload(dir); err == nil || live.Err() == nil || live.Get() != good {
		t.Errorf("reload %v, Err %v, kept %v", err, live.Err(), live.Get() == good)
	}
	write(head)
	if err := live.Reload(dir); err != nil || live.Err() != nil || live.Get() == good {
		t.Errorf("reload %v, Err %v", err, live.Err())
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(mart))
	f.Add([]byte(head + "want: { by: { cron: \"* * * * *\" } }\n---\n"))
	f.Add([]byte("---\n---\n"))
	f.Add([]byte("\r\r0"))
	f.Add([]byte("kind: Policy\nname: p\nselect:\n !0 #x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := policies.Parse("f.yaml", b)
		for _, p := range list {
			if p == nil && err == nil {
				t.Error("a nil policy")
			}
		}
	})
}
