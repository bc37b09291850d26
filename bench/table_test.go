package main

import "testing"

func TestVerdict(t *testing.T) {
	for _, tc := range []struct {
		f    floor
		r    result
		want string
	}{
		{floor{floor: 0.35, aim: 0.6, ratio: true}, result{Value: 1, Ratio: 0.34}, "missed"},
		{floor{floor: 0.35, aim: 0.6, ratio: true}, result{Ratio: 0.35}, "met"},
		{floor{floor: 0.35, aim: 0.6, ratio: true}, result{Ratio: 0.6}, "aim"},
		{floor{floor: 100, aim: 30, most: true}, result{Value: 101}, "missed"},
		{floor{floor: 100, aim: 30, most: true}, result{Value: 31}, "met"},
		{floor{floor: 100, most: true}, result{Value: 1}, "met"},
	} {
		if got := tc.f.verdict(tc.r); got != tc.want {
			t.Errorf("%+v of %+v is %q, want %q", tc.f, tc.r, got, tc.want)
		}
	}
}

func TestChosen(t *testing.T) {
	for only, want := range map[string]int{"": len(measurements), "lineage": 2, "lin": 2, "lineage.50k": 1, "lineage,action.sent.p99": 3, "lineages": 0} {
		if got := len(chosen(only)); got != want {
			t.Errorf("-only %q chooses %d, want %d", only, got, want)
		}
	}
}
