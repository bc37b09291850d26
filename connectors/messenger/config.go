package messenger

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// Config says who can be told, and how. Secrets are references.
type Config struct {
	// Every is how often weir looks for what is wrong; what was wrong for less
	// is not told. 10 s by default.
	Every time.Duration `yaml:"every,omitempty"`
	// Allow are the hosts that may be called besides Slack's and PagerDuty's
	// own: HOST or HOST:PORT. An address in a private network must stand here
	// as the address it is.
	Allow        []string      `yaml:"allow,omitempty"`
	Destinations []Destination `yaml:"destinations,omitempty"`
	// Owners are the destinations of each owner of policies.
	Owners map[string][]string `yaml:"owners,omitempty"`
	// Operators are the destinations that hear of weir itself: that a kill
	// switch is on.
	Operators []string `yaml:"operators,omitempty"`
}

// Destination is one place to tell.
type Destination struct {
	Name string `yaml:"name"`
	// Kind is slack, pagerduty or webhook.
	Kind string `yaml:"kind"`
	// URL is a webhook's address, which often is a secret itself.
	URL connectors.Secret `yaml:"url,omitempty"`
	// Secret signs a webhook's messages.
	Secret connectors.Secret `yaml:"secret,omitempty"`
	// Token is a Slack bot's, Channel where it posts unless a policy says.
	Token   connectors.Secret `yaml:"token,omitempty"`
	Channel string            `yaml:"channel,omitempty"`
	// Key is PagerDuty's routing key.
	Key connectors.Secret `yaml:"key,omitempty"`
	// API is another address of Slack or PagerDuty: a proxy.
	API string `yaml:"api,omitempty"`
}

// Check refuses what cannot work.
func (c Config) Check() error {
	if c.Every < 0 {
		return fmt.Errorf("%w: notify.every: want a duration such as 10s", catalog.ErrInvalid)
	}
	seen := map[string]bool{}
	for i, d := range c.Destinations {
		if err := d.check(); err != nil {
			return fmt.Errorf("notify.destinations[%d]: %w", i, err)
		}
		if seen[d.Name] {
			return fmt.Errorf("notify.destinations[%d]: two are named %q", i, d.Name)
		}
		seen[d.Name] = true
	}
	for owner, list := range c.Owners {
		if err := known(seen, "owners."+owner, list); err != nil {
			return err
		}
	}
	return known(seen, "operators", c.Operators)
}

// known refuses destinations that the configuration does not have.
func known(names map[string]bool, where string, list []string) error {
	for _, to := range list {
		if name, _, _ := strings.Cut(to, ":"); !names[name] {
			return fmt.Errorf("notify.%s: no destination is named %q", where, name)
		}
	}
	return nil
}

func (d Destination) check() error {
	switch {
	case d.Name == "" || d.Name == "owner" || strings.ContainsAny(d.Name, ": \t\n"):
		return fmt.Errorf("%w: name %q: want a word without colon; owner means the policy's owner", catalog.ErrInvalid, d.Name)
	case d.Kind == "slack" && d.Token.IsZero():
		return fmt.Errorf("%w: %s needs token: { env: NAME } or { file: PATH }", catalog.ErrInvalid, d.Name)
	case d.Kind == "pagerduty" && d.Key.IsZero():
		return fmt.Errorf("%w: %s needs key: { env: NAME } or { file: PATH }", catalog.ErrInvalid, d.Name)
	case d.Kind == "webhook" && (d.URL.IsZero() || d.Secret.IsZero()):
		return fmt.Errorf("%w: %s needs url and secret, each { env: NAME } or { file: PATH }", catalog.ErrInvalid, d.Name)
	case d.Kind != "slack" && d.Kind != "pagerduty" && d.Kind != "webhook":
		return fmt.Errorf("%w: kind %q: want slack, pagerduty or webhook", catalog.ErrInvalid, d.Kind)
	}
	return nil
}

// Book finds messengers by the names that policies use.
type Book struct {
	destinations map[string]Destination
	door         Door
	getenv       func(string) string
	now          func() time.Time
}

// NewBook returns the messengers of a configuration that was checked. Secrets
// are read at each use, so that a rotated one counts at once.
func NewBook(c Config, agent string, getenv func(string) string, now func() time.Time) *Book {
	b := &Book{destinations: map[string]Destination{}, door: Door{Hosts: c.Allow, Agent: agent}, getenv: getenv, now: now}
	for _, d := range c.Destinations {
		b.destinations[d.Name] = d
	}
	return b
}

// Find gives the messenger of NAME, or of NAME:CHANNEL where it is Slack's.
func (b *Book) Find(to string) (Messenger, bool) {
	name, channel, within := strings.Cut(to, ":")
	d, ok := b.destinations[name]
	if !ok || within && d.Kind != "slack" {
		return nil, false
	}
	read := func(s connectors.Secret) func() (string, error) {
		return func() (string, error) { return s.Resolve(b.getenv) }
	}
	switch d.Kind {
	case "slack":
		if !within {
			channel = d.Channel
		}
		return Slack{Door: b.knows(slackAPI), URL: d.API, Token: read(d.Token), Channel: channel}, true
	case "pagerduty":
		return PagerDuty{Door: b.knows(pagerDutyAPI), URL: d.API, Key: read(d.Key)}, true
	}
	return Webhook{Door: b.door, URL: read(d.URL), Secret: read(d.Secret), Now: b.now}, true
}

// knows is the door that also lets through to a service's own host.
func (b *Book) knows(api string) Door {
	d := b.door
	if u, err := url.Parse(api); err == nil {
		d.Hosts = append([]string{u.Host}, d.Hosts...)
	}
	return d
}
