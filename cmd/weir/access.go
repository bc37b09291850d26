package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/internal/yamlfile"
	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/state/sqlite"
)

// AccessConfig is the section access of the configuration file.
type AccessConfig struct {
	JWT *JWTConfig `yaml:"jwt"`
}

// JWTConfig says whose tokens are believed.
type JWTConfig struct {
	Issuer   string `yaml:"issuer"`
	Audience string `yaml:"audience"`
	// Keys is a file, or an address: a JWK Set, or public keys as PEM.
	Keys string `yaml:"keys"`
	// Name is the claim that names the caller, Claim the one that Roles maps.
	Name  string                 `yaml:"name"`
	Claim string                 `yaml:"claim"`
	Roles map[string]GrantConfig `yaml:"roles"`
}

// GrantConfig is a role in namespaces; none: in every one.
type GrantConfig struct {
	Role       string   `yaml:"role"`
	Namespaces []string `yaml:"namespaces"`
}

// checkAccess refuses what cannot hold, with its line.
func checkAccess(path string, b []byte, c AccessConfig) error {
	if c.JWT == nil {
		return nil
	}
	bad := func(what string, keys ...string) error {
		return &connectors.ConfigError{File: path, Line: max(1, yamlfile.Line(b, append([]string{"access", "jwt"}, keys...)...)), Code: "E110", What: what, Hint: "docs/access.md shows a section that holds"}
	}
	j := *c.JWT
	switch {
	case j.Issuer == "" || j.Audience == "" || j.Keys == "":
		return bad("issuer, audience and keys are all needed")
	case len(j.Roles) == 0:
		return bad("roles maps no value of the claim to a role: nobody could do anything")
	}
	if u, err := url.Parse(j.Keys); err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		return bad("keys over http can be changed on the way: use https, or a file", "keys")
	}
	for value, g := range j.Roles {
		if _, err := auth.ParseRole(g.Role); err != nil {
			return bad(fmt.Sprintf("%s: %v", value, err), "roles", value)
		}
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// access says who asks, from the keys of the data directory and the issuer.
func (c Config) access(db *sqlite.DB) *auth.Access {
	a := &auth.Access{Keys: auth.NewKeyring(sqlite.NewKeys(db), time.Now)}
	if j := c.Access.JWT; j != nil {
		o := auth.IssuerOptions{Issuer: j.Issuer, Audience: j.Audience, Claim: j.Claim, Name: j.Name, Roles: map[string]auth.Grant{}, Fetch: fetchKeys(j.Keys), Now: time.Now}
		if o.Claim == "" {
			o.Claim = "groups"
		}
		if o.Name == "" {
			o.Name = "sub"
		}
		for value, g := range j.Roles {
			if len(g.Namespaces) == 0 {
				g.Namespaces = []string{auth.Everything}
			}
			o.Roles[value] = auth.Grant{Role: catalog.Role(g.Role), Namespaces: g.Namespaces}
		}
		a.Issuer = auth.NewIssuer(o)
	}
	return a
}

const maxKeySet = 1 << 20

// fetchKeys reads a file, or asks an address: no redirect is followed.
func fetchKeys(from string) func(context.Context) ([]byte, error) {
	if !strings.HasPrefix(from, "http://") && !strings.HasPrefix(from, "https://") {
		return func(context.Context) ([]byte, error) { return os.ReadFile(from) }
	}
	client := &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return func(ctx context.Context) ([]byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
		if err != nil {
			return nil, err
		}
		resp, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close() //nolint:errcheck // only read
		if resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("read keys of tokens: %s answered %s", from, resp.Status)
		}
		return io.ReadAll(io.LimitReader(resp.Body, maxKeySet))
	}
}

// parseHosts reads names of hosts, with commas between.
func parseHosts(list string) (out []string, err error) {
	for name := range strings.SplitSeq(list, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if strings.ContainsAny(name, ":/*@ ") && net.ParseIP(name) == nil {
			return nil, usageError("write names alone, with commas between, such as weir.internal,tools.example.com", "--allowed-hosts: %q is no name of a host", name)
		}
		if name != "" {
			out = append(out, name)
		}
	}
	return out, nil
}

// called says by which names weir is asked; nil: by any. What listens on
// loopback alone has no other name than those, unless somebody gave it one; by
// what names other machines reach it, weir cannot know.
func (c Config) called() func(string) bool {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil || !loopback(host) && len(c.hosts) == 0 {
		return nil
	}
	return func(name string) bool {
		return loopback(name) || name == strings.ToLower(host) || slices.Contains(c.hosts, name)
	}
}

// checkReach refuses to be reached by other machines while nobody is asked who
// they are.
func (c Config) checkReach(ctx context.Context, a *auth.Access) error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil || loopback(host) || c.InsecureListen {
		return err
	}
	if on, err := a.On(ctx); err != nil || on {
		return err
	}
	return usageError("make a key first, from then on weir asks who is there: weir keys create --data "+c.Data+" --name you --role admin\nor, when a proxy in front asks, say --insecure-listen",
		"refusing to listen on %s, which other machines can reach: there is no key yet", c.Listen)
}
