package model

import "time"

// DoctorState is how a finding of the doctor stands.
type DoctorState string

// How a finding stands.
const (
	DoctorOK   DoctorState = "OK"
	DoctorWarn DoctorState = "WARN"
	DoctorFail DoctorState = "FAIL"
)

// DoctorFinding is one line of the doctor's report.
type DoctorFinding struct {
	What, Says string
	State      DoctorState
	// Suggests is what to do; "" where nothing has to be done.
	Suggests string
}

// Fix is Suggests; nil when nothing has to be done.
func (f DoctorFinding) Fix() *string { return opt(f.Suggests) }

// DoctorReport is what the doctor found at a time.
type DoctorReport struct {
	At       time.Time
	Findings []DoctorFinding
}
