package gql_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
)

type identity struct {
	Preview struct {
		Says     string
		Refused  *struct{ Code string }
		Identity *struct {
			Now, Then []foreseenAsset
			Hidden    int
		}
	}
}

type foreseenAsset struct {
	Names     []struct{ Name string }
	NameCount int
	Holds     *foreseenHoldings
}

type foreseenHoldings struct {
	Edges, Versions, Runs int
	Policies              []string
	Complete              bool
}

func (w *world) identity(t *testing.T, act string, vars map[string]any) identity {
	t.Helper()
	const fields = `{ says refused { code } identity { hidden now { names { name } nameCount holds { edges versions runs policies complete } } then { names { name } nameCount holds { edges versions runs policies complete } } } }`
	asset := ""
	if strings.Contains(act, "$a") {
		asset = ", $a: ID!"
	}
	return data[identity](t, w.ask(t, `query($n: [AssetNameInput!]!`+asset+`) { preview(of: { `+act+` }) `+fields+` }`, vars))
}

// TestPreviewIdentity: a merge and a split are foreseen as they then come, with
// what hangs on them, and neither is written down.
func TestPreviewIdentity(t *testing.T) {
	w := newWorld(t)
	raw, stg := catalog.DatasetName(wh, "shop.raw.orders"), catalog.DatasetName(wh, "shop.stg.orders")
	named := func(list ...catalog.Name) (out []map[string]any) {
		for _, n := range list {
			out = append(out, map[string]any{"namespace": n.Namespace, "name": n.Name})
		}
		return out
	}
	vars := map[string]any{"n": named(raw, stg), "a": assetID(raw)}
	merge := `mergeAssets: { type: DATASET, names: $n }`
	before := w.record(t)
	p := w.identity(t, merge, vars).Preview
	if w.record(t) != before {
		t.Error("the preview was written down")
	}
	if p.Says != "makes one asset of 2 assets" || p.Identity == nil || len(p.Identity.Now) != 2 || len(p.Identity.Then) != 1 || p.Identity.Then[0].NameCount != 2 || p.Identity.Then[0].Holds == nil {
		t.Fatalf("%+v", p)
	}
	foreseen := *p.Identity.Then[0].Holds
	if a, b := p.Identity.Now[0].Holds, p.Identity.Now[1].Holds; foreseen.Versions != a.Versions+b.Versions || foreseen.Versions == 0 || foreseen.Edges == 0 || foreseen.Edges > a.Edges+b.Edges || !foreseen.Complete {
		t.Errorf("%+v of %+v and %+v", foreseen, *a, *b)
	}
	if a := w.ask(t, `mutation($n: [AssetNameInput!]!) { mergeAssets(input: { type: DATASET, names: $n }) { position } }`, map[string]any{"n": vars["n"]}); len(a.Errors) > 0 {
		t.Fatal(a.body)
	}
	if p := w.identity(t, merge, vars).Preview; p.Says != "nothing: it was stated before, and stands" || p.Identity != nil {
		t.Errorf("again: %+v", p)
	}
	vars["n"] = named(stg)
	p = w.identity(t, `splitAsset: { asset: $a, names: $n }`, vars).Preview
	if p.Refused != nil || len(p.Identity.Now) != 1 || len(p.Identity.Then) != 2 || p.Identity.Then[0].Holds != nil {
		t.Fatalf("split: %+v", p)
	}
	if is := *p.Identity.Now[0].Holds; !reflect.DeepEqual(is, foreseen) {
		t.Errorf("it holds %+v, foreseen was %+v", is, foreseen)
	}
	vars["n"] = named(catalog.DatasetName(wh, "nosuch"))
	if p := w.identity(t, `splitAsset: { asset: $a, names: $n }`, vars).Preview; p.Refused == nil || p.Refused.Code != "CONFLICT" {
		t.Errorf("a name that it has not: %+v", p)
	}
}
