package policies

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Zones whose clocks move in every way there is: by an hour, by half an hour
// (Lord Howe), over a whole day (Apia 2011), at midnight (Beirut), not at all,
// and with offsets of half and quarter hours.
var someZones = []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata",
	"Asia/Kathmandu", "America/St_Johns", "Asia/Beirut", "America/Sao_Paulo", "Africa/Casablanca"}

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// drawTime is a time near a change of the clock, or any.
func drawTime(t *rapid.T, loc *time.Location) time.Time {
	at := time.Unix(rapid.Int64Range(1.1e9, 1.9e9).Draw(t, "at"), 0).In(loc)
	if _, end := at.ZoneBounds(); rapid.Bool().Draw(t, "near") && !end.IsZero() {
		at = end.Add(time.Duration(rapid.IntRange(-26*60, 26*60).Draw(t, "minutes")) * time.Minute)
	}
	return at.In(loc)
}

// TestPeriodsPartTime: every instant is in exactly one period, the next begins
// where it ends, and its key leads back to it.
func TestPeriodsPartTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc := zone(t, rapid.SampledFrom(someZones).Draw(t, "zone"))
		c := Periods{rapid.SampledFrom(Grains).Draw(t, "grain"), loc}
		at := drawTime(t, loc)
		p := c.At(at)
		again, ok := c.Of(p.Key)
		if !ok || !again.From.Equal(p.From) || !again.To.Equal(p.To) {
			t.Fatalf("%s of %s leads to %v", p.Key, at, again)
		}
		if at.Before(p.From) || !at.Before(p.To) {
			t.Fatalf("%s is not in its period %s [%s, %s)", at, p.Key, p.From, p.To)
		}
		if next := c.Step(p, 1); !next.From.Equal(p.To) {
			t.Fatalf("after %v comes %v", p, next)
		}
		if back := c.Step(c.Step(p, 1), -1); back.Key != p.Key {
			t.Fatalf("one on and one back from %s is %s", p.Key, back.Key)
		}
	})
}

// TestEachHourIsInOneDay: the days of a zone part the hours of it and of UTC, and
// each map agrees with its inverse.
func TestEachHourIsInOneDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tz := rapid.SampledFrom(someZones).Draw(t, "zone")
		loc := zone(t, tz)
		chain := rapid.SampledFrom([][2]Grain{{GrainHour, GrainDay}, {GrainDay, GrainWeek}, {GrainDay, GrainMonth}, {GrainMonth, GrainYear}}).Draw(t, "chain")
		m := Map{Kind: MapRollup, Of: chain[0], Grain: chain[1], TZ: tz, InputTZ: rapid.SampledFrom([]string{tz, "UTC"}).Draw(t, "input")}
		if m.Of != GrainHour {
			m.InputTZ = tz
		}
		fine := Periods{m.Of, zone(t, m.InputTZ)}
		part := fine.At(drawTime(t, loc))
		up := m.Downstream(part.Key, nil)
		if len(up) != 1 {
			t.Fatalf("%s is in %v", part.Key, up)
		}
		coarse, _ := m.Periods()
		whole, _ := coarse.Of(up[0])
		for _, near := range []Period{coarse.Step(whole, -1), whole, coarse.Step(whole, 1)} {
			list := m.Upstream(near.Key, nil)
			if in := slices.Contains(list, part.Key); in != (near.Key == whole.Key) {
				t.Fatalf("%s in %s: %v, its own is %s", part.Key, near.Key, in, whole.Key)
			}
			for _, k := range list {
				if back := m.Downstream(k, nil); !slices.Equal(back, []string{near.Key}) {
					t.Fatalf("%s is made of %s, which is in %v", near.Key, k, back)
				}
			}
		}
	})
}

// TestWindowInverse: x is in the window of y exactly when y is in that of x's
// inverse.
func TestWindowInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tz := rapid.SampledFrom(someZones).Draw(t, "zone")
		first := rapid.IntRange(-9, 3).Draw(t, "first")
		m := Map{Kind: MapWindow, Grain: rapid.SampledFrom(Grains).Draw(t, "grain"), TZ: tz, First: first, Last: first + rapid.IntRange(0, 6).Draw(t, "more")}
		c, _ := m.Periods()
		key := c.At(drawTime(t, c.Zone)).Key
		list := m.Upstream(key, nil)
		if len(list) != m.Last-m.First+1 {
			t.Fatalf("window of %s: %v", key, list)
		}
		for _, k := range list {
			if !slices.Contains(m.Downstream(k, nil), key) {
				t.Fatalf("%s is made of %s, whose inverse lacks it", key, k)
			}
		}
	})
}

// A clock that goes back over midnight does not begin the day twice.
func TestClockGoesBackOverMidnight(t *testing.T) {
	c := Periods{GrainDay, zone(t, "America/St_Johns")}
	for at := time.Date(2010, 11, 7, 1, 0, 0, 0, time.UTC); at.Day() == 7; at = at.Add(time.Minute) {
		want := "2010-11-06"
		if !at.Before(time.Date(2010, 11, 7, 2, 30, 0, 0, time.UTC)) { // 00:00, a minute before it goes back
			want = "2010-11-07"
		}
		if p := c.At(at); p.Key != want || at.Before(p.From) || !at.Before(p.To) {
			t.Fatalf("%s is in %v, want %s", at, p, want)
		}
	}
}

func TestHoursOfDays(t *testing.T) {
	for _, c := range []struct {
		zone, input, day string
		hours            int
	}{
		{"Europe/Berlin", "UTC", "2026-03-28", 24},
		{"Europe/Berlin", "UTC", "2026-03-29", 23},
		{"Europe/Berlin", "Europe/Berlin", "2026-03-29", 23},
		{"Europe/Berlin", "UTC", "2026-10-25", 25},
		{"Europe/Berlin", "Europe/Berlin", "2026-10-25", 24}, // 02 is shown twice, and one key
		{"Asia/Kolkata", "UTC", "2026-06-01", 24},
		{"Australia/Lord_Howe", "Australia/Lord_Howe", "2026-10-04", 24}, // 23.5 hours, 02 is half of one
		{"America/Sao_Paulo", "UTC", "2018-11-04", 23},                   // begins at 01:00
		{"Pacific/Apia", "Pacific/Apia", "2011-12-30", 0},                // never was
	} {
		m := Map{Kind: MapRollup, Of: GrainHour, Grain: GrainDay, TZ: c.zone, InputTZ: c.input}
		if list := m.Upstream(c.day, nil); len(list) != c.hours {
			t.Errorf("%s in %s has %d hours of %s, want %d: %v", c.day, c.zone, len(list), c.input, c.hours, list)
		}
	}
}

func TestCanonicalPartition(t *testing.T) {
	for in, want := range map[string]string{
		"2026-03-29": "2026-03-29", "dt=2026-03-29": "2026-03-29", "20260329": "2026-03-29", "year=2026/month=03/day=29": "2026-03-29",
		"dt=2026-03-29/hour=05": "2026-03-29T05", "2026/03/29/05": "2026-03-29T05", "2026032905": "2026-03-29T05", "2026-03-29T05:00": "2026-03-29T05",
		"2026-03-29 05:00:00": "2026-03-29T05", "2026-03": "2026-03", "202603": "2026-03", "2026": "2026", "2026-W13": "2026-W13", "week=2026W13": "2026-W13",
		"2026-03-29T05:30": "2026-03-29T05:30", "2026-02-30": "2026-02-30", "2026-W54": "2026-W54", "tenant=7": "tenant=7", "eu": "eu", "": "", "12345678": "12345678",
		"dt=2026-03-29/region=eu": "dt=2026-03-29/region=eu",
	} {
		if got := CanonicalPartition(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	if g, _, ok := parsePeriod("2026-02-30"); ok {
		t.Errorf("a day that does not exist is a %s", g)
	}
}

func FuzzCanonicalPartition(f *testing.F) {
	for _, s := range []string{"dt=2026-03-29/hour=05", "2026-W13", "a=b=c/", "////", "2026-13"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if once := CanonicalPartition(s); CanonicalPartition(once) != once {
			t.Errorf("%q becomes %q, then %q", s, once, CanonicalPartition(once))
		}
	})
}

func TestOtherMaps(t *testing.T) {
	seen := []string{"a", "b", "c"}
	for _, c := range []struct {
		m        Map
		key      string
		up, down []string
	}{
		{Map{Kind: MapIdentity}, "b", []string{"b"}, []string{"b"}},
		{Map{Kind: MapAll}, "", seen, seen},
		{Map{Kind: MapLatest}, "", []string{"c"}, seen},
		{Map{Kind: MapFixed, Keys: []string{"eu", "us"}}, "x", []string{"eu", "us"}, nil},
		{Map{Kind: MapTable, Table: map[string][]string{"eu": {"de", "fr"}, "all": {"de", "us"}}}, "eu", []string{"de", "fr"}, nil},
	} {
		if up := c.m.Upstream(c.key, seen); !slices.Equal(up, c.up) {
			t.Errorf("%s of %q: %v, want %v", c.m.Kind, c.key, up, c.up)
		}
		if down := c.m.Downstream(c.key, seen); !slices.Equal(down, c.down) {
			t.Errorf("%s into from %q: %v, want %v", c.m.Kind, c.key, down, c.down)
		}
	}
	m := Map{Kind: MapTable, Table: map[string][]string{"eu": {"de", "fr"}, "all": {"de", "us"}}}
	if down := m.Downstream("de", nil); !slices.Equal(down, []string{"all", "eu"}) {
		t.Errorf("de is in %v", down)
	}
}
