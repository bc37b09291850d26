package server

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	panics   prometheus.Counter
	streams  prometheus.Gauge
	dropped  prometheus.Counter
	held     prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) metrics {
	m := metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "weir_http_requests_total", Help: "HTTP answers by route and status."}, []string{"route", "status"}),
		seconds:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "weir_http_request_seconds", Help: "Time to answer by route.", Buckets: []float64{.001, .005, .02, .1, .5, 2, 10, 30}}, []string{"route"}),
		panics:   prometheus.NewCounter(prometheus.CounterOpts{Name: "weir_http_panics_total", Help: "Requests that ended in a panic: each is a defect."}),
		streams:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "weir_http_streams", Help: "Open live streams."}),
		dropped:  prometheus.NewCounter(prometheus.CounterOpts{Name: "weir_http_streams_dropped_total", Help: "Live streams ended because the reader was too slow."}),
		held:     prometheus.NewGauge(prometheus.GaugeOpts{Name: "weir_gate_questions", Help: "Questions at the gate now; those that wait are held."}),
	}
	r.MustRegister(m.requests, m.seconds, m.panics, m.streams, m.dropped, m.held)
	return m
}
