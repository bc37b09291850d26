package messenger

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Slack posts to a channel with a bot's token (chat.postMessage): one message
// for an incident, and what follows in its thread.
type Slack struct {
	Door Door
	// URL of the API, https://slack.com/api/chat.postMessage by default.
	URL     string
	Token   func() (string, error)
	Channel string
}

// slackAPI is where Slack is.
const slackAPI = "https://slack.com/api/chat.postMessage"

// A section of a message holds 3000 characters.
const maxSlackText = 2900

type slackMessage struct {
	Channel string       `json:"channel"`
	Text    string       `json:"text"`
	Blocks  []slackBlock `json:"blocks"`
	Thread  string       `json:"thread_ts,omitempty"`
	// The end of an incident is also shown in the channel.
	Broadcast bool `json:"reply_broadcast,omitempty"`
	// Slack passes this on to whoever reads the channel by its API.
	Metadata slackMetadata `json:"metadata"`
}

type slackBlock struct {
	Type string    `json:"type"`
	Text slackText `json:"text"`
}

type slackText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type slackMetadata struct {
	Type    string            `json:"event_type"`
	Payload map[string]string `json:"event_payload"`
}

// Send posts it. Slack has no key against duplicates: an answer that got lost
// makes a second message, with the same ids in its metadata.
func (s Slack) Send(ctx context.Context, n Notice, thread string) (string, error) {
	token, err := s.Token()
	if err != nil {
		return "", &Refusal{What: "token", Cause: err}
	}
	body, err := json.Marshal(s.message(n, thread))
	if err != nil {
		return "", &Refusal{Final: true, What: "make the body", Cause: err}
	}
	address := s.URL
	if address == "" {
		address = slackAPI
	}
	got, err := s.Door.post(ctx, address, http.Header{"Authorization": {"Bearer " + token}}, body)
	if err != nil {
		return "", err
	}
	ts, err := slackAnswer(got)
	if thread != "" {
		ts = thread
	}
	return ts, err
}

func (s Slack) message(n Notice, thread string) slackMessage {
	mark := map[State]string{Opened: ":red_circle: ", Spread: ":red_circle: ", Resolved: ":white_check_mark: "}[n.State]
	m := slackMessage{Channel: s.Channel, Text: escapeSlack(n.Headline()), Thread: thread, Broadcast: thread != "" && n.State == Resolved,
		Metadata: slackMetadata{Type: "weir_incident", Payload: map[string]string{"id": n.ID, "incident": n.Incident, "state": string(n.State)}}}
	m.Blocks = []slackBlock{{"section", slackText{"mrkdwn", mark + "*" + m.Text + "*"}}}
	if text := n.text(); text != "" {
		m.Blocks = append(m.Blocks, slackBlock{"section", slackText{"mrkdwn", escapeSlack(cut(text, maxSlackText))}})
	}
	return m
}

// escapeSlack: three characters mean something to Slack; a name cannot call a
// channel or link anywhere.
func escapeSlack(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// cut shortens a text between characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// slackAnswer: Slack says no with status 200.
func slackAnswer(b []byte) (ts string, err error) {
	var a struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
		TS    string `json:"ts"`
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return "", &Refusal{What: "unreadable answer of Slack"}
	}
	if a.OK {
		return a.TS, nil
	}
	switch a.Error {
	case "ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org":
		return "", &Refusal{What: "Slack says " + a.Error}
	}
	return "", &Refusal{Final: true, What: "Slack says " + a.Error}
}
