package model_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql/model"
)

func TestDuration(t *testing.T) {
	for text, d := range map[string]time.Duration{
		"PT0S": 0, "PT90M": 90 * time.Minute, "PT1H30M": 90 * time.Minute, "P1D": 24 * time.Hour, "P1DT12H": 36 * time.Hour,
		"P2W": 14 * 24 * time.Hour, "PT1.5S": 1500 * time.Millisecond,
	} {
		if got, err := model.ParseDuration(text); err != nil || got != d {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "P", "PT", "90m", "P1Y", "P1M", "PT1", "1H", "PT-1H", "PT1H1H", "PTH", "P1H", "PT99999999999H", "PT1HT1M"} {
		if d, err := model.ParseDuration(text); err == nil {
			t.Errorf("%q is taken as %s", text, d)
		}
	}
	for want, d := range map[string]time.Duration{
		"PT0S": 0, "PT5H": 5 * time.Hour, "PT1H30M": 90 * time.Minute, "PT1H0M5S": time.Hour + 5*time.Second, "PT1M": time.Minute, "PT10M": 10 * time.Minute,
		"PT1.5S": 1500 * time.Millisecond, "PT0.25S": 250 * time.Millisecond, "PT20H": 20 * time.Hour, "PT100H10M": 100*time.Hour + 10*time.Minute, "-PT1H": -time.Hour,
	} {
		if got := model.FormatDuration(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}

// TestDurationRoundTrip: what is written is read again.
func TestDurationRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, 1<<40).Draw(t, "ms")) * time.Millisecond
		if d > 90*365*24*time.Hour {
			d %= 1000 * time.Hour
		}
		got, err := model.ParseDuration(model.FormatDuration(d))
		if off := (got - d).Abs(); err != nil || off > time.Microsecond {
			t.Fatalf("%s as %s is %s, %v", d, model.FormatDuration(d), got, err)
		}
	})
}

// TestIDs: ids of anything can be read again, and nothing else is an id.
func TestIDs(t *testing.T) {
	text := rapid.StringMatching(`[^\x00]{0,30}`)
	rapid.Check(t, func(t *rapid.T) {
		k := catalog.RunKey{Job: catalog.JobName(text.Draw(t, "ns"), text.Draw(t, "name")), RunID: text.Draw(t, "run")}
		if got, err := model.ParseRunID(model.RunID(k)); err != nil || got != k {
			t.Fatalf("run %+v: %+v, %v", k, got, err)
		}
		v := catalog.Version{Dataset: catalog.DatasetName(text.Draw(t, "dns"), text.Draw(t, "dname")), Attempt: rapid.IntRange(0, 9).Draw(t, "attempt"),
			Partition: text.Draw(t, "part"), ProducedAt: time.Unix(0, rapid.Int64Range(0, 1<<60).Draw(t, "at")).UTC()}
		if k.RunID != "" {
			v.Run = k
		}
		ref, err := model.ParseVersionID(model.VersionID(v))
		if err != nil || !ref.Is(v) {
			t.Fatalf("version %+v: %+v, %v", v, ref, err)
		}
		other := v
		other.Attempt++
		if ref.Is(other) {
			t.Fatal("another attempt is the same version")
		}
	})
}

func FuzzIDs(f *testing.F) {
	f.Add("run_eA")
	f.Add(model.VersionID(catalog.Version{}))
	f.Add(model.ProposalID("p", catalog.AssetID{}))
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = model.ParseRunID(s)
		_, _ = model.ParseVersionID(s)
		_, _, _ = model.ParseProposalID(s)
		_, _ = model.ParseAssetID(s)
		_, _ = model.ParseDuration(s)
		_, _ = model.ParseOffset(&s)
	})
}
