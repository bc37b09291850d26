package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// listing is a policy on the mart that lists datasets of the vault beside what it is
// seen to be made of.
func listing(inputs ...string) string {
	out := "kind: Policy\nname: orders-mart\nmode: observe\nselect: { asset: \"dataset:postgres://wh:5432/shop.marts.orders\" }\ninputs:\n  \"dataset:postgres://wh:5432/shop.raw.orders\": {}\n"
	for _, in := range inputs {
		out += fmt.Sprintf("  \"dataset:vault/%s\": {}\n", in)
	}
	return out
}

// vaultEvent is a run in the vault that read and wrote datasets of one of its names.
func vaultEvent(id int, job, in, out string) string {
	list := func(ns, name string) string {
		if name == "" {
			return ""
		}
		return fmt.Sprintf(`{"namespace":%q,"name":%q}`, ns, name)
	}
	ns := "vault"
	if strings.HasPrefix(out, "shop.") {
		ns = "postgres://wh:5432"
	}
	return fmt.Sprintf(`{"eventType":"COMPLETE","eventTime":"2026-03-01T05:00:00Z","producer":"https://example.com/test","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent","run":{"runId":"0195aa00-0000-7000-8000-0000000001%02d"},"job":{"namespace":"prod","name":%q},"inputs":[%s],"outputs":[%s]}`,
		id, job, list("vault", in), list(ns, out)) + "\n"
}

// TestPolicyInputsInLineage: what a policy lists is in lineage while nothing else
// shows it, in step with policies, names and events, and in no export.
func TestPolicyInputsInLineage(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "policies", "p.yaml")
	write(t, file, listing("rates"))
	args := []string{"--policies", filepath.Join(dir, "policies")}
	w := start(t, dir, args...)
	send := func(events string) {
		t.Helper()
		if _, words, code := w.weir(events, "events", "send", "-"); code != exitOK {
			t.Fatal(words)
		}
	}
	says := func(what, dataset, want string) {
		t.Helper()
		waitUntil(t, what, func() bool {
			out, _, _ := w.weir("", "lineage", dataset, "-u", "0")
			return strings.Contains(out, want)
		})
	}
	const declared = "└─ dataset:postgres://wh:5432/shop.marts.orders, declared by policy orders-mart\n"
	send(readFile(t, "testdata/events.ndjson"))
	send(vaultEvent(1, "publish", "", "rates"))
	says("the policy's input leads to the mart", "dataset:vault/rates", declared)
	if out, _, _ := w.weir("", "lineage", "shop.raw.orders", "-u", "0"); strings.Contains(out, "declared by") {
		t.Errorf("what runs show is declared as well:\n%s", out)
	}
	if out, _, _ := w.weir("", "lineage", "dataset:vault/rates", "-u", "0", "--as-of", "2026-03-01T06:00:00Z"); strings.Contains(out, "marts") {
		t.Errorf("as of a time:\n%s", out)
	}
	if out, words, _ := w.weir("", "export", "graph"); strings.Contains(out, "orders-mart") || !strings.Contains(out, "vault") {
		t.Errorf("the export has policies: %s%s", out, words)
	}
	if out, words, _ := w.weir("", "impact", "--change", "drop:dataset:vault/rates"); !strings.Contains(out, "shop.marts.orders") {
		t.Errorf("impact:\n%s%s", out, words)
	}

	write(t, file, listing("rates", "fx"))
	send(vaultEvent(2, "publish", "", "fx"))
	says("a reload lists one more", "dataset:vault/fx", declared)

	w.stop()
	w = start(t, dir, append(args, "--graph-memory-limit", "1")...)
	if out, _, _ := w.weir("", "lineage", "dataset:vault/fx", "-u", "0"); !strings.Contains(out, declared) {
		t.Errorf("after a restart, over the limit:\n%s", out)
	}
	w.stop()
	w = start(t, dir, args...)
	send(vaultEvent(3, "build", "rates", "shop.marts.orders"))
	says("a run shows what was declared", "dataset:vault/rates", "job:prod/build")
	says("which says more", "dataset:vault/rates", "└─ dataset:postgres://wh:5432/shop.marts.orders\n")
	write(t, file, listing())
	says("what no policy lists is gone", "dataset:vault/fx", "nothing")
}
