package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
)

// client asks a running weir.
type client struct {
	base string
	http *http.Client
	// minPosition makes reads wait until the server has seen it.
	minPosition catalog.Position
	// actor is who states something.
	actor string
	// key finds the key to show; nil: none.
	key func() (string, error)
}

func newClient(c Config) *client {
	return &client{base: strings.TrimRight(c.URL, "/"), http: &http.Client{Timeout: c.Timeout}, key: c.key}
}

// do sends a request and turns every answer but 2xx into an error that says
// what and what to do.
func (c *client) do(ctx context.Context, method, path, contentType string, body io.Reader) (*http.Response, error) {
	if u, err := url.Parse(c.base); err != nil || u.Host == "" {
		return nil, usageError("--url http://127.0.0.1:8080", "unreadable server address %q", c.base)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", c.base, err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if c.minPosition > 0 {
		req.Header.Set("Weir-Min-Position", c.minPosition.String())
		req.Header.Set("Weir-Wait", "10s")
	}
	if c.actor != "" {
		req.Header.Set("Weir-Actor", c.actor)
	}
	if err := c.show(req); err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	return nil, problemOf(resp)
}

// show puts the key on a request. It never leaves for another server: redirects
// are to a path of the same, or the header is dropped by net/http.
func (c *client) show(req *http.Request) error {
	if c.key == nil {
		return nil
	}
	key, err := c.key()
	if err == nil && key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	return err
}

func (c *client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	var u *url.Error
	if errors.As(err, &u) && u.Timeout() {
		return c.tooSlow()
	}
	if u != nil {
		err = u.Err
	}
	return withCode(exitUnreachable, catalog.WithHint(fmt.Errorf("weir does not answer at %s: %w", c.base, err), "start it with: weir serve\nor name another server with --url or WEIR_URL"))
}

func (c *client) tooSlow() error {
	return withCode(exitUnreachable, catalog.WithHint(fmt.Errorf("weir at %s did not answer in %s", c.base, c.http.Timeout), "give it more time with --timeout"))
}

// unread says what kept an answer that had begun from being read.
func (c *client) unread(ctx context.Context, err error) error {
	var wire net.Error
	switch {
	case ctx.Err() != nil:
		return err
	case errors.As(err, &wire) && wire.Timeout():
		return c.tooSlow()
	case wire != nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return withCode(exitUnreachable, catalog.WithHint(fmt.Errorf("weir at %s broke off before the end of its answer", c.base), "ask again"))
	}
	return fmt.Errorf("unreadable answer of %s: %w", c.base, err)
}

// problemOf reads a problem document.
func problemOf(resp *http.Response) error {
	b, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	var p struct {
		Title, Detail, Hint, RequestID string
		Errors                         []graphqlError
	}
	text := strings.TrimSpace(string(b))
	err := json.Unmarshal(b, &p)
	if err == nil && len(p.Errors) > 0 {
		return p.Errors[0].explain()
	}
	if err == nil && p.Title+p.Detail != "" {
		text = p.Detail
		if text == "" {
			text = p.Title
		}
	}
	if p.RequestID != "" {
		text += " (request " + p.RequestID + ")"
	}
	return catalog.WithHint(statusError(resp.StatusCode, fmt.Errorf("weir answered %s: %s", resp.Status, text)), p.Hint)
}

func statusError(status int, err error) error {
	switch status {
	case http.StatusNotFound:
		return withCode(exitNotFound, err)
	case http.StatusUnauthorized, http.StatusForbidden:
		return withCode(exitDenied, err)
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return withCode(exitUnreachable, err)
	}
	return err
}

// codes are the exit codes of GraphQL's error codes.
var codes = map[string]int{
	"BAD_USER_INPUT": exitUsage, "UNAUTHENTICATED": exitDenied, "FORBIDDEN": exitDenied, "NOT_FOUND": exitNotFound, "STALE": exitStale, "UNAVAILABLE": exitUnreachable,
}

// graphqlError is one error of an answer.
type graphqlError struct {
	Message    string
	Extensions struct{ Code, Hint, RequestID string }
}

// explain says it with its exit code and hint.
func (e graphqlError) explain() error {
	err := errors.New(e.Message)
	if e.Extensions.RequestID != "" && e.Extensions.Code == "INTERNAL" {
		err = fmt.Errorf("%s (request %s)", e.Message, e.Extensions.RequestID)
	}
	if code := codes[e.Extensions.Code]; code != 0 {
		err = withCode(code, err)
	}
	return catalog.WithHint(err, e.Extensions.Hint)
}

// graphql runs a query and decodes its data.
func (c *client) graphql(ctx context.Context, query string, vars map[string]any, out any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	resp, err := c.do(ctx, http.MethodPost, "/graphql", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	var answer struct {
		Data   json.RawMessage
		Errors []graphqlError
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return c.unread(ctx, err)
	}
	if len(answer.Errors) > 0 {
		return answer.Errors[0].explain()
	}
	if err := json.Unmarshal(answer.Data, out); err != nil {
		return fmt.Errorf("unreadable answer of %s: %w", c.base, err)
	}
	return nil
}

// settle waits until readers see a position, so that the next command does.
func (c *client) settle(ctx context.Context, pos catalog.Position) error {
	c.minPosition = pos
	var out struct{ System struct{ Ready bool } }
	return c.graphql(ctx, `{ system { ready } }`, nil, &out)
}

// asset is an asset as the server names it.
type asset struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Name struct {
		Namespace string `json:"namespace"`
		Name      string `json:"name"`
	} `json:"name"`
	// Kind is set for datasets.
	Kind string `json:"kind"`
}

// String is the form of the command line; what a terminal would act on is
// escaped.
func (x asset) String() string {
	return oneLine(strings.ToLower(x.Type) + ":" + x.Name.Namespace + "/" + x.Name.Name)
}

// hidden says that the role does not let the caller read it: of such assets the
// server tells no namespace.
func (x asset) hidden() bool { return x.Name.Namespace == "" }

const assetFields = `... on Asset { id type name { namespace name } ... on Dataset { kind } }`

// find resolves what a person writes: "dataset:NAMESPACE/NAME",
// "job:NAMESPACE/NAME", an id, or a part of a name that fits one asset.
func (c *client) find(ctx context.Context, text string) (asset, error) {
	kind, rest, ok := strings.Cut(text, ":")
	if t, err := catalog.ParseAssetType(kind); ok && err == nil {
		return c.findNamed(ctx, t, rest)
	}
	if id := strings.TrimPrefix(text, "asset_"); len(id) == 26 {
		var out struct{ Node *asset }
		err := c.graphql(ctx, `query($id: ID!) { node(id: $id) { `+assetFields+` } }`, map[string]any{"id": "asset_" + id}, &out)
		if err == nil && out.Node != nil && out.Node.ID != "" {
			return *out.Node, nil
		}
	}
	return c.search(ctx, text)
}

// findNamed tries each way to split the text.
func (c *client) findNamed(ctx context.Context, t catalog.AssetType, text string) (asset, error) {
	query := fmt.Sprintf(`query($ns: String!, $n: String!) { found: %s(namespace: $ns, name: $n) { %s } }`, t, assetFields)
	for _, n := range catalog.SplitName(t, text) {
		var out struct{ Found *asset }
		if err := c.graphql(ctx, query, map[string]any{"ns": n.Namespace, "n": n.Name}, &out); err != nil {
			return asset{}, err
		}
		if out.Found != nil {
			return *out.Found, nil
		}
	}
	return asset{}, unknownAsset(fmt.Sprintf("%s:%s", t, text))
}

// findSelected is find, which also takes the whole name of what was never seen and
// a policy is about.
func (c *client) findSelected(ctx context.Context, text string) (asset, error) {
	x, err := c.find(ctx, text)
	kind, rest, _ := strings.Cut(text, ":")
	t, noType := catalog.ParseAssetType(kind)
	if err == nil || exitCode(ctx, err) != exitNotFound || noType != nil {
		return x, err
	}
	for _, n := range catalog.SplitName(t, rest) {
		x := asset{ID: "asset_" + catalog.AssetID(n.ID()).String(), Type: strings.ToUpper(kind)}
		x.Name.Namespace, x.Name.Name = n.Namespace, n.Name
		var out struct{ Why *struct{ ID string } }
		if err := c.graphql(ctx, `query($id: ID!) { why(id: $id) { id } }`, map[string]any{"id": x.ID}, &out); err != nil {
			return asset{}, err
		}
		if out.Why != nil {
			return x, nil
		}
	}
	return asset{}, err
}

func unknownAsset(text string) error {
	return withCode(exitNotFound, catalog.WithHint(fmt.Errorf("nothing is known of %q", text), "no event has named it; a part of its name lists what is similar"))
}

// search finds assets whose name contains the text; several are ambiguous.
func (c *client) search(ctx context.Context, text string) (asset, error) {
	var out struct {
		Assets struct {
			Nodes    []asset
			PageInfo struct{ HasNextPage bool }
		}
	}
	if strings.TrimSpace(text) == "" {
		return asset{}, usageError("dataset:NAMESPACE/NAME, job:NAMESPACE/NAME, an id or a part of a name", "which asset? the name is empty")
	}
	if err := c.graphql(ctx, `query($s: String) { assets(search: $s, first: 50) { nodes { `+assetFields+` } pageInfo { hasNextPage } } }`, map[string]any{"s": text}, &out); err != nil {
		return asset{}, err
	}
	lower := strings.ToLower(text)
	found := slices.DeleteFunc(out.Assets.Nodes, func(x asset) bool { return !strings.Contains(strings.ToLower(x.String()), lower) })
	exact := slices.DeleteFunc(slices.Clone(found), func(x asset) bool { return x.Name.Name != text })
	switch {
	case len(exact) == 1:
		return exact[0], nil
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		return asset{}, unknownAsset(text)
	}
	var names []string
	for _, x := range found {
		names = append(names, x.String())
	}
	fits, hint := fmt.Sprintf("fits %d assets", len(found)), "name one of:\n"
	if out.Assets.PageInfo.HasNextPage {
		fits, hint = fmt.Sprintf("fits more than %d assets", len(found)), "name one, such as:\n"
	}
	return asset{}, usageError(hint+strings.Join(names, "\n"), "%q %s", text, fits)
}

// retryPause is how long to wait before a question is asked again.
const retryPause = 2 * time.Second

// speaker is a client for who speaks by --actor.
func (a *app) speaker(c *cobra.Command) (*client, error) {
	cfg, err := a.config(c)
	if err != nil {
		return nil, err
	}
	w := newClient(cfg)
	w.actor, err = c.Flags().GetString("actor")
	return w, err
}
