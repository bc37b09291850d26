package messenger

import (
	"errors"
	"net/url"
	"time"
)

// A Fault is a destination that nothing could be sent to: its first notice
// would be given up.
type Fault struct {
	// Destination counts from 0; Key is the one that holds the address.
	Destination int
	Key         string
	// What holds no more of the address than its host.
	What error
	Hint string
}

// Faults lists the destinations whose address the door lets nothing through to.
// A secret that cannot be read is none: it may be there when it is needed.
func (c Config) Faults(getenv func(string) string) (out []Fault) {
	b := NewBook(c, "", getenv, time.Now)
	for i, d := range c.Destinations {
		key, address, door := "api", d.API, b.door
		switch d.Kind {
		case "slack":
			door = b.knows(slackAPI)
		case "pagerduty":
			door = b.knows(pagerDutyAPI)
		default:
			key = "url"
			address, _ = d.URL.Resolve(getenv)
		}
		if address == "" {
			continue
		}
		if hint, what := door.refuses(address); what != nil {
			out = append(out, Fault{Destination: i, Key: key, What: what, Hint: hint})
		}
	}
	return out
}

// refuses says why an address is not called, and what to do.
func (d Door) refuses(address string) (hint string, what error) {
	u, err := url.Parse(address)
	if err != nil {
		return "write the whole address, https://HOST/PATH", errors.New("the address cannot be read")
	}
	switch err := d.check(u); {
	case errors.Is(err, errNotHTTPS):
		return "use an https:// address; plain http goes to this machine alone", err
	case err != nil:
		return "add " + u.Host + " to notify.allow, or another address to the destination", err
	}
	return "", nil
}
