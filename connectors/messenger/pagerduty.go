package messenger

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// PagerDuty sends events (Events API v2). dedup_key is the incident: PagerDuty
// makes one alert of all its notices, and the last resolves it.
type PagerDuty struct {
	Door Door
	// URL of the API, https://events.pagerduty.com/v2/enqueue by default.
	URL string
	// Key gives the routing key of the service.
	Key func() (string, error)
}

// pagerDutyAPI is where PagerDuty is.
const pagerDutyAPI = "https://events.pagerduty.com/v2/enqueue"

// A summary holds 1024 characters.
const maxSummary = 1000

type pagerEvent struct {
	RoutingKey string        `json:"routing_key"`
	Action     string        `json:"event_action"`
	DedupKey   string        `json:"dedup_key"`
	Client     string        `json:"client"`
	Payload    *pagerPayload `json:"payload,omitempty"`
}

type pagerPayload struct {
	Summary   string    `json:"summary"`
	Source    string    `json:"source"`
	Severity  string    `json:"severity"`
	Timestamp time.Time `json:"timestamp"`
	Component string    `json:"component"`
	Group     string    `json:"group,omitempty"`
	Class     string    `json:"class"`
	Details   Notice    `json:"custom_details"`
}

// severities of PagerDuty: critical, error, warning, info.
var severities = map[string]string{"failed": "error", "lost": "error", "late": "error", "at_risk": "warning", "approval": "info",
	"breaker": "error", "fan_out": "warning", "kill_switch": "warning"}

// Send enqueues it.
func (p PagerDuty) Send(ctx context.Context, n Notice, thread string) (string, error) {
	key, err := p.Key()
	if err != nil {
		return "", &Refusal{What: "routing key", Cause: err}
	}
	body, err := json.Marshal(p.event(n, key))
	if err != nil {
		return "", &Refusal{Final: true, What: "make the body", Cause: err}
	}
	address := p.URL
	if address == "" {
		address = pagerDutyAPI
	}
	_, err = p.Door.post(ctx, address, http.Header{}, body)
	return thread, err
}

func (p PagerDuty) event(n Notice, key string) pagerEvent {
	e := pagerEvent{RoutingKey: key, Action: "trigger", DedupKey: n.Incident, Client: "weir"}
	if n.State == Resolved {
		e.Action = "resolve"
		return e
	}
	source := n.Policy
	if len(n.Subjects) > 0 {
		source = n.Subjects[0].Asset
	}
	e.Payload = &pagerPayload{Summary: cut(n.Headline(), maxSummary), Source: source, Severity: severities[n.Kind], Timestamp: n.At,
		Component: n.Policy, Group: n.Owner, Class: n.Kind, Details: n}
	return e
}
