package policies

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
)

// TestValuesWithoutReasons: who asks only whether a tick or a deadline wants a run is
// told what the atom says.
func TestValuesWithoutReasons(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 3, 4, 10, 30, 0, 0, time.UTC)
		at := func(label string) time.Time {
			return now.Add(-time.Duration(rapid.Int64Range(-int64(2*time.Hour), int64(8*time.Hour)).Draw(t, label)))
		}
		p := &Policy{Name: "p", Want: Want{Kind: WantBy, Cron: "0 9,11 * * *", TZ: "UTC", Covers: rapid.SampledFrom([]time.Duration{0, time.Hour, 3 * time.Hour}).Draw(t, "covers")},
			OnFirst: rapid.SampledFrom([]OnFirst{FirstRun, FirstWait}).Draw(t, "first"), Catchup: rapid.SampledFrom([]Catchup{CatchupNone, CatchupLatest, CatchupAll}).Draw(t, "catchup"),
			Timing: Timing{Start: rapid.SampledFrom([]Start{"", StartReady, StartLatest, StartNow}).Draw(t, "start"), Confidence: 0.9, Jitter: rapid.SampledFrom([]time.Duration{0, time.Minute}).Draw(t, "jitter")}}
		s := Snapshot{Name: catalog.DatasetName("pg://wh", "mart"), Timing: TimingView{Took: EstimateOf(nil, rapid.SampledFrom([]time.Duration{0, 10 * time.Minute, 2 * time.Hour}).Draw(t, "took"), now)}}
		if rapid.Bool().Draw(t, "made") {
			s.Produced = &catalog.Version{ProducedAt: at("produced")}
			if rapid.Bool().Draw(t, "aged") {
				s.Lag.Watermark = at("mark")
			}
		}
		if rapid.Bool().Draw(t, "paused") {
			s.Standing.PausedFrom, s.Standing.ResumedAt = now.Add(-3*time.Hour), now.Add(-time.Minute)
		}
		if got, want := wantsTick(p, s, now), atomTick(p, s, now).Value == catalog.True; got != want {
			t.Errorf("the tick wants a run: %t, want %t", got, want)
		}
		w, ok := ahead(p, s, now)
		a := atomAhead(p, s, now)
		if got, want := ok && w.wants(p, s, now), a != nil && a.Value == catalog.True; got != want {
			t.Errorf("the deadline wants a run: %t, want %t", got, want)
		}
	})
}
