package load

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Sending is what to send where.
type Sending struct {
	// URL takes one event a POST.
	URL string
	// Header is added to each request.
	Header http.Header
	// Producers keep one connection each; 0 means 64.
	Producers int
	// Events is how many are sent, Body makes number i.
	Events int
	Body   func(i int) []byte
	// Rate is how many are due a second, evenly; 0: each producer sends the next
	// as soon as its last was answered. Latencies count from when an event was
	// due, so that one that waits for a producer is seen to have waited.
	Rate float64
	// Again is set to send an event once more that the receiver had no room for
	// (503), as clients do that are to lose nothing.
	Again bool
}

// due is when event i is to be sent.
func (s Sending) due(start time.Time, i int64) time.Time {
	if s.Rate == 0 {
		return time.Now()
	}
	return start.Add(time.Duration(float64(i) / s.Rate * float64(time.Second)))
}

// Report is what came of it.
type Report struct {
	Took     time.Duration
	Accepted int
	// Refused counts answers that were no 2xx, by status.
	Refused map[int]int
	// Failed counts requests without an answer; Failure is the first's.
	Failed  int
	Failure error
	// Latencies are those of all answers, ascending.
	Latencies []time.Duration
}

// Rate is how many events were accepted a second.
func (r Report) Rate() float64 { return float64(r.Accepted) / r.Took.Seconds() }

// Percentile is the latency that the share p of answers did not exceed.
func (r Report) Percentile(p float64) time.Duration {
	if len(r.Latencies) == 0 {
		return 0
	}
	return r.Latencies[min(int(float64(len(r.Latencies))*p), len(r.Latencies)-1)]
}

// All returns an error unless every event was accepted.
func (r Report) All() error {
	switch {
	case r.Failure != nil:
		return fmt.Errorf("%d events had no answer, the first: %w", r.Failed, r.Failure)
	case len(r.Refused) > 0:
		return fmt.Errorf("events were refused, by status: %v", r.Refused)
	}
	return nil
}

// Send sends all events, or as many as it can until ctx ends, and does not try
// again unless s.Again. What is on its way when ctx ends is waited for.
func Send(ctx context.Context, s Sending) Report {
	if s.Producers == 0 {
		s.Producers = 64
	}
	tr := &http.Transport{MaxIdleConnsPerHost: s.Producers, Proxy: http.ProxyFromEnvironment}
	defer tr.CloseIdleConnections()
	client := &http.Client{Transport: tr, Timeout: 30 * time.Second}
	var next atomic.Int64
	parts := make([]Report, s.Producers)
	start := time.Now()
	var wg sync.WaitGroup
	for i := range parts {
		wg.Go(func() { parts[i] = s.produce(ctx, client, start, &next) })
	}
	wg.Wait()
	out := merged(parts)
	out.Took = time.Since(start)
	return out
}

func (s Sending) produce(ctx context.Context, client *http.Client, start time.Time, next *atomic.Int64) Report {
	r := Report{Refused: map[int]int{}}
	for i := next.Add(1) - 1; i < int64(s.Events); i = next.Add(1) - 1 {
		due := s.due(start, i)
		if !Until(ctx, due) {
			break
		}
		status, err := s.postAgain(ctx, client, s.Body(int(i)))
		if err != nil {
			r.Failed++
			r.Failure = err
			continue
		}
		r.Latencies = append(r.Latencies, time.Since(due))
		if status/100 == 2 {
			r.Accepted++
		} else {
			r.Refused[status]++
		}
	}
	return r
}

// Until waits for a moment; false when ctx ended first.
func Until(ctx context.Context, at time.Time) bool {
	wait := time.Until(at)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// tries bounds how often an event is sent, pause is between two of them.
const (
	tries = 60
	pause = time.Second
)

func (s Sending) postAgain(ctx context.Context, client *http.Client, body []byte) (status int, err error) {
	for range tries {
		status, err = s.post(context.WithoutCancel(ctx), client, body)
		full := err == nil && status == http.StatusServiceUnavailable
		if !full || !s.Again || !Until(ctx, time.Now().Add(pause)) {
			break
		}
	}
	return status, err
}

func (s Sending) post(ctx context.Context, client *http.Client, body []byte) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	for k, v := range s.Header {
		req.Header[k] = v
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

func merged(parts []Report) Report {
	out := Report{Refused: map[int]int{}}
	for _, p := range parts {
		out.Accepted += p.Accepted
		out.Failed += p.Failed
		out.Latencies = append(out.Latencies, p.Latencies...)
		for status, n := range p.Refused {
			out.Refused[status] += n
		}
		if out.Failure == nil {
			out.Failure = p.Failure
		}
	}
	slices.Sort(out.Latencies)
	return out
}
