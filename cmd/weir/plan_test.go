package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const martGate = `kind: Policy
name: orders-mart
mode: gate
owner: team-analytics
select: { asset: "dataset:postgres://wh:5432/shop.marts.orders" }
inputs:
  "dataset:postgres://wh:5432/shop.raw.orders": { trigger: true, require: updated }
`

var planHash = regexp.MustCompile(`(?m)^plan ([0-9a-f]{32})$`)

// planned plans policies and gives what was printed with the hash.
func (w *world) planned(paths ...string) (out, hash string) {
	w.t.Helper()
	out, words, code := w.weir("", append([]string{"plan"}, paths...)...)
	if code != exitOK {
		w.t.Fatalf("plan: exit %d\n%s", code, words)
	}
	if m := planHash.FindStringSubmatch(out); m != nil {
		hash = m[1]
	}
	return out, hash
}

// must runs a command that has to end with a code, and gives all it printed.
func (w *world) must(code int, args ...string) string {
	w.t.Helper()
	out, words, got := w.weir("", args...)
	if got != code {
		w.t.Fatalf("weir %s: exit %d, want %d\n%s%s", strings.Join(args, " "), got, code, out, words)
	}
	return out + words
}

func holds(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("no %q in\n%s", p, text)
		}
	}
}

// TestPlanApplyRollback drives a real server by the command line, with policies
// that are applied and outlive a restart.
func TestPlanApplyRollback(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "policies", "shop.yaml")
	write(t, file, martGate)
	events := filepath.Join(dir, "events.ndjson")
	write(t, events, readFile(t, filepath.Join(packageDir, "testdata", "events.ndjson")))
	w := start(t, dir)
	w.must(exitOK, "events", "send", events)

	// The first plan: everything is new. Nothing acts by it yet.
	out, first := w.planned(file)
	holds(t, out, "in force: nothing was applied yet", "+ orders-mart", `mode: "gate"`, "shop.marts.orders", "+ input   postgres://wh:5432/shop.raw.orders triggers, holds (updated)", "now       RUN", "14 days", "1 added, 0 changed, 0 removed, 0 unchanged")
	holds(t, w.must(exitNotFound, "why", "shop.marts.orders"), "no policy")
	if again, hash := w.planned(file); hash != first {
		t.Errorf("the same plan has another hash: %s, %s\n%s", first, hash, again)
	}
	holds(t, w.must(exitFindings, "plan", file, "--fail-on", "changes"), "plan "+first)

	// A hash is needed, and has to be that of this plan.
	holds(t, w.must(exitUsage, "apply", file), "--plan HASH")
	holds(t, w.must(exitFailed, "apply", file, "--plan", strings.Repeat("0", 32)), "plan 000000000000 is stale", first[:12], "hint: look at the new plan")
	holds(t, w.must(exitNotFound, "why", "shop.marts.orders"), "no policy")
	holds(t, w.must(exitOK, "apply", file, "--plan", first, "--actor", "ann", "--reason", "first"), "version 1 is in force")
	waitUntil(t, "it decides", func() bool {
		out, _, _ := w.weir("", "why", "shop.marts.orders")
		return strings.Contains(out, "by policy orders-mart (mode gate)")
	})
	holds(t, w.must(exitFailed, "apply", file, "--plan", first), "stale") // it was applied: the base moved

	// A changed policy: the effects show what was and what will be.
	write(t, file, strings.Replace(martGate, "mode: gate", "mode: shadow\nwant: { by: { cron: \"0 6 * * *\", tz: UTC, covers: 1h } }", 1))
	out, second := w.planned(file)
	holds(t, out, "in force: version 1, applied by ann", "~ orders-mart", `mode: "gate" -> "shadow"`, `want: nothing -> {"by":`, "gate -> shadow", "-> 14 runs (one for each tick)", "ticks     nothing -> 14: ", "0 added, 1 changed")
	if strings.Contains(martGate, second) || second == first {
		t.Errorf("hash %q", second)
	}
	// The file changes after the plan.
	write(t, file, strings.Replace(martGate, "mode: gate", "mode: observe", 1))
	holds(t, w.must(exitFailed, "apply", file, "--plan", second), "stale")
	_, third := w.planned(file)
	holds(t, w.must(exitOK, "apply", file, "--plan", third, "--actor", "bob"), "version 2 is in force", "gate -> observe")

	// Comments and order are no change.
	write(t, file, "# why\n"+strings.Replace(martGate, "mode: gate", "mode: observe # look only", 1))
	holds(t, w.must(exitOK, "plan", file, "--fail-on", "changes"), "nothing would change")

	// A restart without --policies holds the applied set.
	w.stop()
	w = start(t, dir)
	out, _ = w.planned(file)
	holds(t, out, "in force: version 2, applied by bob", "0 added, 0 changed, 0 removed, 1 unchanged")
	holds(t, w.must(exitOK, "why", "shop.marts.orders"), "by policy orders-mart (mode observe)")

	// Back to the first version, as a third.
	holds(t, w.must(exitNotFound, "rollback", "2"), "version 2 is in force now", "rollback --list")
	holds(t, w.must(exitNotFound, "rollback", "9"), "there is no version 9: the newest is 2", "rollback --list")
	holds(t, w.must(exitOK, "rollback", "--actor", "eve", "--reason", "too quiet"), "observe -> gate", "version 3 is in force")
	list := w.must(exitOK, "rollback", "--list")
	holds(t, list, "back to 1; too quiet", "eve", "bob", "ann", "first")
	if strings.Index(list, "eve") > strings.Index(list, "ann") {
		t.Errorf("not newest first:\n%s", list)
	}
	holds(t, w.must(exitOK, "why", "shop.marts.orders"), "(mode gate)")
}

// What a policy is about may change between plan and apply.
func TestApplyIsRefusedWhenTheGraphMoved(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "all.yaml")
	write(t, file, "kind: Policy\nname: all\nselect: { asset: \"dataset:kafka://k/*\" }\nwant: { max_age: 1d }\n")
	w := start(t, dir)
	out, hash := w.planned(file)
	holds(t, out, "E102", "matches nothing")
	event := `{"eventTime":"2026-01-05T10:00:00Z","eventType":"COMPLETE","producer":"https://example.com","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent","run":{"runId":"0195e000-0000-7000-8000-0000000000a1"},"job":{"namespace":"prod","name":"j"},"outputs":[{"namespace":"kafka://k","name":"t"}]}`
	if _, words, code := w.weir(event+"\n", "events", "send", "-"); code != exitOK {
		t.Fatal(words)
	}
	waitUntil(t, "the plan is another", func() bool { _, now := w.planned(file); return now != hash })
	holds(t, w.must(exitFailed, "apply", file, "--plan", hash), "stale")
	out, hash = w.planned(file)
	holds(t, out, "kafka://k:9092/t", "14 runs (at least one each 24h)")
	w.must(exitOK, "apply", file, "--plan", hash)
}

// TestATriggerCycleIsRefused: with its path, offline and by the
// server.
func TestATriggerCycleIsRefused(t *testing.T) {
	dir := t.TempDir()
	policy := func(name, asset, input string) string {
		return "kind: Policy\nname: " + name + "\nselect: { asset: \"dataset:pg://wh/" + asset + "\" }\ninputs:\n  \"dataset:pg://wh/" + input + "\": { trigger: true }\n"
	}
	write(t, filepath.Join(dir, "a.yaml"), policy("a", "a", "b"))
	write(t, filepath.Join(dir, "b.yaml"), policy("b", "b", "a"))
	w := start(t, dir)
	for _, args := range [][]string{{"validate", dir}, {"plan", dir}, {"apply", dir, "--plan", strings.Repeat("0", 32)}} {
		out := w.must(exitUsage, args...)
		holds(t, out, "a.yaml:5:3: E110: trigger cycle: dataset:pg://wh/a <- dataset:pg://wh/b <- dataset:pg://wh/a", "hint: make one of these inputs trigger: false")
	}
	var answer struct{ ApplyPolicies any }
	err := newClient(Config{URL: w.url, Timeout: 30e9}).graphql(t.Context(), `mutation($f: [PolicyFileInput!]!) { applyPolicies(input: { files: $f, hash: "0" }) { position } }`,
		map[string]any{"f": []policyFile{{"a.yaml", policy("a", "a", "b") + "---\n" + policy("b", "b", "a")}}}, &answer)
	if err == nil || exitCode(t.Context(), err) != exitUsage || !strings.Contains(err.Error(), "E110: trigger cycle: dataset:pg://wh/a <-") {
		t.Errorf("the server says %v", err)
	}
	// The control: without the second trigger the same files are fine.
	write(t, filepath.Join(dir, "b.yaml"), strings.Replace(policy("b", "b", "a"), "true", "false", 1))
	w.must(exitOK, "validate", dir)
	_, hash := w.planned(dir)
	w.must(exitOK, "apply", dir, "--plan", hash)
}

func TestApplyIsRefusedWhereADirectoryRules(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "policies", "p.yaml")
	write(t, file, martGate)
	w := start(t, dir, "--policies", filepath.Join(dir, "policies"))
	other := filepath.Join(dir, "other.yaml")
	write(t, other, strings.Replace(martGate, "gate", "shadow", 1))
	out, hash := w.planned(other) // a plan shows how the files drifted
	holds(t, out, "in force: directory "+filepath.Join(dir, "policies"), `"gate" -> "shadow"`)
	holds(t, w.must(exitFailed, "apply", other, "--plan", hash), "reads its policies from", "without --policies")
	holds(t, w.must(exitNotFound, "rollback"), "nothing was applied yet", "weir apply")
}

// TestARiseOnTheCommandLine: it is said to be on trial, and --no-trial needs a
// reason. A catalogue in a file says of policies what the server does.
func TestARiseOnTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "policies", "shop.yaml")
	write(t, file, strings.Replace(martGate, "mode: gate", "mode: shadow", 1))
	events := filepath.Join(dir, "events.ndjson")
	write(t, events, readFile(t, filepath.Join(packageDir, "testdata", "events.ndjson")))
	w := start(t, dir)
	w.must(exitOK, "events", "send", events)
	_, hash := w.planned(file)
	w.must(exitOK, "apply", file, "--plan", hash)
	write(t, file, martGate)
	out, hash := w.planned(file)
	holds(t, out, "on trial for a day: orders-mart stays in mode shadow, what it would do is recorded, then mode gate")
	holds(t, w.must(exitUsage, "apply", file, "--plan", hash, "--no-trial"), "without a reason")
	holds(t, w.must(exitOK, "apply", file, "--plan", hash), "version 2 is in force", "on trial for a day", "--no-trial")
	ask := "{ policies { nodes { mode trial { from to until } } } system { drift } policyVersions { nodes { noTrial trials { policy } } } }"
	out, words, code := w.weir(ask, "query", "-")
	if code != exitOK {
		t.Fatal(words)
	}
	holds(t, strings.Join(strings.Fields(out), ""), `"mode":"SHADOW","trial":{"from":"SHADOW","to":"GATE"`, `"drift":[]`, `"trials":[{"policy":"orders-mart"}]`)
	for _, list := range [][]string{{"next"}, {"late", "--all"}} {
		waitUntil(t, list[0]+" has judged by the new version", func() bool {
			return strings.Contains(w.must(exitOK, list...), "shadow (on trial, gate from 20")
		})
	}

	odd := filepath.Join(dir, "odd.yaml")
	write(t, odd, martGate+"---\nkind: Policy\nname: none\nselect: { asset: \"dataset:nowhere://*\" }\n---\nkind: Policy\nname: shop\nselect: { asset: \"dataset:postgres://wh:5432/shop.marts.orders\" }\ninputs: { \"dataset:pg://wh/gone\": {} }\n")
	catalog := filepath.Join(dir, "catalog.ndjson")
	if out, words, code = w.weir("", "export", "graph"); code != exitOK {
		t.Fatal(words)
	}
	write(t, catalog, out)
	said := w.must(exitOK, "validate", odd, "--catalog", w.url)
	holds(t, said, "odd.yaml:11:18: E102", "E111", "W203", "fine: 3 policies")
	if fromFile := w.must(exitOK, "validate", odd, "--catalog", catalog); fromFile != said {
		t.Errorf("by a file it says\n%s\nby the server\n%s", fromFile, said)
	}
	holds(t, w.must(exitUsage, "validate", odd, "--catalog", odd), "weir export graph")
	if offline := w.must(exitOK, "validate", odd); strings.Contains(offline, "E102") {
		t.Errorf("without a catalogue it says\n%s", offline)
	}
}
