package policies_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// TestSelectionIsCutInSight: a pattern that matches more assets than are decided
// is warned of, and whoever asks about one that is left out is told.
func TestSelectionIsCutInSight(t *testing.T) {
	const yaml = "kind: Policy\nname: wide\nselect: { asset: \"dataset:pg://wh/t*\" }\nwant: manual\n"
	for n, cut := range map[int]bool{1000: false, 1001: true} {
		inRig(t, yaml, func(r *rig) {
			var names []string
			for i := range n {
				names = append(names, fmt.Sprintf("t%04d", i))
			}
			r.ran("load", "", strings.Join(names, " "))
			pairs, err := r.g.Matches(r.ctx)
			if err != nil || len(pairs) != 1000 || pairs[0].Cut != cut {
				t.Fatalf("%d of %d, cut %v, %v", len(pairs), n, pairs[0].Cut, err)
			}
			said, err := r.g.Check(r.ctx, time.Now())
			if err != nil || slices.ContainsFunc(said, func(e policies.FileError) bool { return e.Code == "W206" }) != cut {
				t.Errorf("%d assets: said %v, %v", n, said, err)
			}
			if got := r.eval.CutSelections(); (len(got) == 1 && got[0] == "wide") != cut {
				t.Errorf("%d assets: cut are %q", n, got)
			}
			if !cut {
				return
			}
			if _, err := r.eval.Why(r.ctx, catalog.AssetID(ds("t1000").ID())); !errors.Is(err, policies.ErrLeftOut) || !strings.Contains(err.Error(), "wide decides the first 1000 assets") {
				t.Errorf("why of the one left out: %v", err)
			}
			if _, err := r.eval.Why(r.ctx, catalog.AssetID(ds("other").ID())); !errors.Is(err, catalog.ErrNotFound) {
				t.Errorf("why of one that nobody selects: %v", err)
			}
		})
	}
}
