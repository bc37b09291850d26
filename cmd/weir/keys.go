package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/state/sqlite"
)

func (a *app) keysCommand() *cobra.Command {
	return group("keys", "Make, list and revoke keys", a.keysCreateCommand(), a.keysListCommand(), a.keysRevokeCommand())
}

// keyPlace is where keys are looked after: on a data directory, or on a server.
func keyPlace(c *cobra.Command) {
	addSettings(c.Flags(), "data", "url", "timeout")
}

const keyPlaceHelp = `
With --data it works on the data directory itself, whether a server runs on it or not;
so the first key needs no other. Without, it asks the server of --url, as an administrator.`

func (a *app) keysCreateCommand() *cobra.Command {
	var w auth.Wanted
	var role string
	c := &cobra.Command{
		Use: "create", Short: "Make a key", Args: cobra.NoArgs,
		Long: `Makes a key and prints it: this once, only its hash is kept. Once there is a key, weir
asks everybody who they are. The first one has to be of an administrator.
` + keyPlaceHelp,
		Example: `  weir keys create --data ./weir-data --name ann --role admin
  weir keys create --name bi-team --role viewer --namespace 'postgres://wh*' --namespace looker
  weir keys create --name airflow-prod --role producer --namespace prod --expires 8760h`,
		RunE: func(c *cobra.Command, _ []string) error {
			w.Role = catalog.Role(role)
			return a.keysCreate(c, w)
		},
	}
	keyPlace(c)
	outputFlag(c, "text", "json")
	c.Flags().StringVar(&w.Name, "name", "", "whose key it is: what is stated and done with it is by this name")
	c.Flags().StringVar(&role, "role", "", "viewer, editor, operator, admin, or producer (sends events only)")
	c.Flags().StringArrayVar(&w.Namespaces, "namespace", nil, "namespaces it is for, with * for any text; repeatable; none: all")
	c.Flags().DurationVar(&w.For, "expires", 0, "how long it counts, such as 8760h; 0: until it is revoked")
	return c
}

func (a *app) keysListCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "list", Short: "List keys, revoked ones too", Args: cobra.NoArgs, Long: "Lists keys: whose they are, what for, and when they were last used." + keyPlaceHelp,
		RunE: func(c *cobra.Command, _ []string) error { return a.keysList(c) },
	}
	keyPlace(c)
	outputFlag(c, "table", "json")
	return c
}

func (a *app) keysRevokeCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "revoke ID", Short: "End a key", Args: cobra.ExactArgs(1), Long: "Ends a key: within two seconds nothing is opened by it any more." + keyPlaceHelp,
		Example: "  weir keys revoke key_1f0c22ab90de",
		RunE: func(c *cobra.Command, args []string) error {
			return a.atKeys(c, func(k keeperOfKeys) error {
				key, err := k.Revoke(c.Context(), args[0])
				if err == nil {
					a.say("revoked %s of %s", key.ID, oneLine(key.Name))
				}
				return err
			})
		},
	}
	keyPlace(c)
	return c
}

// keeperOfKeys is a keyring, here or behind a server.
type keeperOfKeys interface {
	Create(ctx context.Context, w auth.Wanted) (secret string, key catalog.AccessKey, err error)
	List(ctx context.Context) ([]catalog.AccessKey, error)
	Revoke(ctx context.Context, id string) (catalog.AccessKey, error)
}

// atKeys does something with the keys of --data when that was given, else with
// those of the server.
func (a *app) atKeys(c *cobra.Command, do func(keeperOfKeys) error) error {
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	if !c.Flags().Changed("data") {
		return do(remoteKeys{newClient(cfg)})
	}
	db, done, err := openState(c.Context(), cfg.Data)
	if err != nil {
		return err
	}
	return errors.Join(do(auth.NewKeyring(sqlite.NewKeys(db), time.Now)), done())
}

// openState opens the state of a data directory, made when there is none. A
// server may run on it: then nothing is migrated.
func openState(ctx context.Context, dir string) (*sqlite.DB, func() error, error) {
	path := filepath.Join(dir, "state.db")
	lock, err := lockDir(dir)
	open, unlock := sqlite.Open, func() error { return nil }
	switch {
	case err == nil:
		unlock = lock.Unlock
	case exists(path):
		open = sqlite.OpenBeside
	default:
		return nil, nil, err
	}
	db, err := open(ctx, path)
	if err != nil {
		return nil, nil, errors.Join(diskHint(dir, err), unlock())
	}
	return db, func() error { return errors.Join(db.Close(), unlock()) }, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (a *app) keysCreate(c *cobra.Command, w auth.Wanted) error {
	form, err := output(c, "text", "json")
	if err != nil {
		return err
	}
	return a.atKeys(c, func(k keeperOfKeys) error {
		secret, key, err := k.Create(c.Context(), w)
		if err != nil {
			return err
		}
		if form == "json" {
			return printJSON(a.out, map[string]any{"id": key.ID, "name": key.Name, "role": key.Role, "namespaces": key.Namespaces, "expiresAt": key.ExpiresAt, "secret": secret})
		}
		a.say("key %s of %s: %s in %s. It is shown this once:", key.ID, oneLine(key.Name), key.Role, oneLine(strings.Join(key.Namespaces, ", ")))
		fmt.Fprintln(a.out, secret)
		return nil
	})
}

func (a *app) keysList(c *cobra.Command) error {
	form, err := output(c, "table", "json")
	if err != nil {
		return err
	}
	return a.atKeys(c, func(k keeperOfKeys) error {
		list, err := k.List(c.Context())
		if err != nil {
			return err
		}
		if form == "json" {
			return printJSON(a.out, map[string]any{"keys": append([]catalog.AccessKey{}, list...)})
		}
		var rows [][]string
		for _, key := range list {
			rows = append(rows, []string{key.ID, oneLine(key.Name), string(key.Role), oneLine(strings.Join(key.Namespaces, ", ")), standingOf(key, time.Now()), lastUse(key)})
		}
		return printTable(a.out, []string{"ID", "NAME", "ROLE", "NAMESPACES", "STATE", "LAST USED"}, rows)
	})
}

func standingOf(k catalog.AccessKey, now time.Time) string {
	switch {
	case !k.RevokedAt.IsZero():
		return "revoked " + clock(k.RevokedAt)
	case !k.Valid(now):
		return "expired " + clock(k.ExpiresAt)
	case !k.ExpiresAt.IsZero():
		return "until " + clock(k.ExpiresAt)
	}
	return "valid"
}

func lastUse(k catalog.AccessKey) string {
	if k.LastUsedAt.IsZero() {
		return "never"
	}
	return clock(k.LastUsedAt)
}

// remoteKeys are those of a server.
type remoteKeys struct{ *client }

func (r remoteKeys) ask(ctx context.Context, method, path string, body, out any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	resp, err := r.do(ctx, method, path, "application/json", bytes.NewReader(b))
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	return json.NewDecoder(resp.Body).Decode(out)
}

// Create asks an administrator's server for a key.
func (r remoteKeys) Create(ctx context.Context, w auth.Wanted) (string, catalog.AccessKey, error) {
	var out struct {
		catalog.AccessKey
		Secret string `json:"secret"`
	}
	body := map[string]any{"name": w.Name, "role": w.Role, "namespaces": w.Namespaces}
	if w.For > 0 {
		body["expiresIn"] = w.For.String()
	}
	err := r.ask(ctx, http.MethodPost, "/api/v1/keys", body, &out)
	return out.Secret, out.AccessKey, err
}

// List lists the keys of the server.
func (r remoteKeys) List(ctx context.Context) ([]catalog.AccessKey, error) {
	var out struct{ Keys []catalog.AccessKey }
	err := r.ask(ctx, http.MethodGet, "/api/v1/keys", nil, &out)
	return out.Keys, err
}

// Revoke ends a key of the server.
func (r remoteKeys) Revoke(ctx context.Context, id string) (key catalog.AccessKey, err error) {
	err = r.ask(ctx, http.MethodDelete, "/api/v1/keys/"+url.PathEscape(id), nil, &key)
	return key, err
}
