package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// result is one row of the table.
type result struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Ratio is Value over YardstickValue, both of the same run.
	Ratio          float64 `json:"ratio,omitempty"`
	Yardstick      string  `json:"yardstick,omitempty"`
	YardstickValue float64 `json:"yardstick_value,omitempty"`
	N              int     `json:"n"`
	Notes          string  `json:"notes,omitempty"`
	// Floor, Aim and Verdict are filled from floors.
	Floor   float64 `json:"floor,omitempty"`
	Aim     float64 `json:"aim,omitempty"`
	Verdict string  `json:"verdict,omitempty"`
}

// judge says of each row that has a floor whether it is met.
func judge(all []result) {
	for i := range all {
		r := &all[i]
		f, ok := floors[r.Name]
		if !ok {
			continue
		}
		r.Floor, r.Aim, r.Verdict = f.floor, f.aim, f.verdict(*r)
	}
}

func printTable(m machine, all []result) {
	fmt.Println(m)
	fmt.Printf("%-26s %12s %-9s %7s %7s %-7s  %s\n", "name", "value", "unit", "ratio", "floor", "", "yardstick; notes")
	for _, r := range all {
		var said []string
		if r.Yardstick != "" {
			said = append(said, fmt.Sprintf("%s: %.4g %s", r.Yardstick, r.YardstickValue, r.Unit))
		}
		if r.Notes != "" {
			said = append(said, r.Notes)
		}
		fmt.Printf("%-26s %12.4g %-9s %7s %7s %-7s  %s\n", r.Name, r.Value, r.Unit, number(r.Ratio), number(r.Floor), r.Verdict, strings.Join(said, "; "))
	}
}

// number is empty for what is not there.
func number(v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.3g", v)
}

// write keeps the table where programs read it, with what it was measured on.
func write(m machine, all []result) error {
	path := filepath.Join("bench", "out", "results.json")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	b, err := json.MarshalIndent(struct {
		Machine machine  `json:"machine"`
		Rows    []result `json:"rows"`
	}{m, all}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}
