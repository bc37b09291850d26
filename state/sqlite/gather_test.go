package sqlite

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestJournalGathers: a group waits a moment for as many as came together the last
// time; who is alone does not wait, and waits once for those who have gone.
func TestJournalGathers(t *testing.T) {
	for _, c := range []struct {
		name     string
		together int
		after    time.Duration // when two more come; 0: nobody does
		want     int
		took     time.Duration
	}{
		{"alone", 1, commitDelay / 5, 1, 0},
		{"the others are there in time", 3, commitDelay / 5, 3, commitDelay / 5},
		{"the others come too late", 3, 2 * commitDelay, 1, commitDelay},
		{"the others have gone", 3, 0, 1, commitDelay},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := &Journal{queue: make(chan *appending, 2), together: c.together}
				if c.after > 0 {
					go func() {
						time.Sleep(c.after)
						j.queue <- &appending{}
						j.queue <- &appending{}
					}()
				}
				start := time.Now()
				got := len(j.drain(&appending{}))
				if took := time.Since(start); got != c.want || took != c.took {
					t.Errorf("%d together after %s, want %d after %s", got, took, c.want, c.took)
				}
				time.Sleep(time.Second) // who comes too late still comes
				if j.together != got {
					t.Errorf("the next waits for %d, want %d", j.together, got)
				}
			})
		})
	}
}
