package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/connectors/messenger"
	"github.com/weirhq/weir/internal/yamlfile"
	"github.com/weirhq/weir/policies/notify"
)

// checkNotify refuses a notify section that cannot work.
func checkNotify(path string, b []byte, c messenger.Config) error {
	err := c.Check()
	if err == nil {
		return nil
	}
	return &connectors.ConfigError{File: path, Line: yamlfile.Line(b, "notify"), Code: "E109", What: err.Error(), Hint: "docs/notifications.md lists what a destination needs"}
}

// checkReachable says which destinations nothing could be sent to. It reads their
// addresses, which are secrets, so only commands ask that check or run a server.
func (c Config) checkReachable(getenv func(string) string) error {
	var errs []error
	for _, f := range c.Notify.Faults(getenv) {
		n := fmt.Sprintf("[%d]", f.Destination)
		errs = append(errs, &connectors.ConfigError{File: c.file, Line: yamlfile.Line(c.text, "notify", "destinations", n, f.Key), Code: "E109",
			What: fmt.Sprintf("notify.destinations%s.%s: %v", n, f.Key, f.What), Hint: f.Hint})
	}
	return withCode(exitUsage, errors.Join(errs...))
}

// notices builds who finds out what is wrong and who tells it.
func (w *plant) notices(getenv func(string) string) {
	book := messenger.NewBook(w.cfg.Notify, "weir/"+version, getenv, time.Now)
	w.courier = notify.NewCourier(w.ledger, book.Find, w.log)
	w.herald = &notify.Herald{Over: w.gatherer, Evaluations: w.evaluator.Evaluations, Open: w.evaluator.IsOpen, Routes: notify.Routes{Owners: w.cfg.Notify.Owners, Operators: w.cfg.Notify.Operators},
		Outbox: w.ledger, Rest: w.cfg.Notify.Every, Told: w.told, Now: time.Now, Log: w.log.With("component", "herald")}
	w.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "weir_notices_dead", Help: "Notices that were given up, of the last 30 days and of what is still wrong."},
		func() float64 { return float64(w.courier.Dead()) }))
}

// told: there is something to deliver, and to read anew.
func (w *plant) told() {
	w.feed.System("notices")
	w.courier.Wake()
}

// alerted: something was written down that a person should hear of.
func (w *plant) alerted(catalog.Alert) { w.feed.System("alert") }
