package airflow

import (
	"testing"
	"time"
)

// The ids were reported by Airflow 3.3.2 with provider 2.20.3 for runs whose
// run_after was sent beforehand.
func TestRunID(t *testing.T) {
	at := time.Date(2026, 11, 21, 11, 29, 28, 272667000, time.UTC)
	if got, want := RunID("weir-ci", "c_api", at, "0"), "01a1fdde-52d0-764b-90bc-bef11840fb23"; got != want {
		t.Errorf("dag run id = %s, want %s", got, want)
	}
}

func TestIsoformatDropsZeroFraction(t *testing.T) {
	at := time.Date(2026, 11, 21, 11, 29, 28, 0, time.UTC)
	if got, want := isoformat(at), "2026-11-21T11:29:28+00:00"; got != want {
		t.Errorf("isoformat = %s, want %s", got, want)
	}
}
