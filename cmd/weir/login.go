package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
)

// key finds the key to show the server: that of a file, of WEIR_KEY, or what
// weir login kept for this server.
func (c Config) key() (string, error) {
	if c.KeyFile != "" {
		b, err := os.ReadFile(c.KeyFile)
		if err != nil {
			return "", usageError("--key-file names a file that holds a key and nothing else", "read key: %w", err)
		}
		return strings.TrimSpace(string(b)), nil
	}
	if c.shownKey != "" {
		return c.shownKey, nil
	}
	kept, err := readKept()
	return kept[c.server()], err
}

// server is how a kept key is filed.
func (c Config) server() string { return strings.TrimRight(c.URL, "/") }

// keptPath is where weir login keeps keys, by server.
func keptPath() (string, error) {
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "weir", "keys.json"), err
}

// readKept reads what was kept; without a home nothing was.
func readKept() (map[string]string, error) {
	out := map[string]string{}
	path, err := keptPath()
	if err != nil {
		return out, nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		return nil, catalog.WithHint(fmt.Errorf("read kept keys: %w", err), "remove "+path+" and run weir login again")
	}
	return out, nil
}

// writeKept replaces the file; nobody else may read it.
func writeKept(kept map[string]string) error {
	path, err := keptPath()
	if err != nil {
		return catalog.WithHint(fmt.Errorf("keep key: %w", err), "without a home directory use WEIR_KEY or --key-file")
	}
	b, err := json.MarshalIndent(kept, "", "  ")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = os.WriteFile(path+".new", append(b, '\n'), 0o600)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("keep key: %w", err)
	}
	return nil
}

func (a *app) loginCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "login", Short: "Keep a key for a server", Args: cobra.NoArgs,
		Long: `Reads a key from stdin (or --key-file), asks the server whose it is, and keeps it for
the commands after it, in a file that only you may read. A key is never an argument: those
are seen by everybody on the machine. WEIR_KEY and --key-file go before what is kept.`,
		Example: "  weir login --url https://weir.example < key.txt\n  weir login",
		RunE:    func(c *cobra.Command, _ []string) error { return a.login(c) },
	}
	addSettings(c.Flags(), "url", "timeout")
	return c
}

func (a *app) login(c *cobra.Command) error {
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	key := ""
	if cfg.KeyFile != "" {
		key, err = cfg.key()
	} else {
		a.say("key for %s:", cfg.server())
		key, err = readLine(a.in)
	}
	if err != nil {
		return err
	}
	if key == "" {
		return usageError("weir login < key.txt", "no key on stdin")
	}
	w := newClient(cfg)
	w.key = func() (string, error) { return key, nil }
	s, err := w.whoami(c.Context())
	if err != nil {
		return err
	}
	if !s.Required {
		return catalog.WithHint(fmt.Errorf("%s does not ask who you are", cfg.server()), "there is nothing to sign in to: no key was made there yet")
	}
	kept, err := readKept()
	if err != nil {
		return err
	}
	kept[cfg.server()] = key
	if err := writeKept(kept); err != nil {
		return err
	}
	a.say("signed in to %s as %s", cfg.server(), s)
	return nil
}

// readLine reads the first line, not more than a key may be.
func readLine(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, 16<<10))
	line, _, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	return strings.TrimSpace(line), err
}

func (a *app) logoutCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "logout", Short: "Forget the key kept for a server", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.config(c)
			if err != nil {
				return err
			}
			kept, err := readKept()
			if err != nil {
				return err
			}
			delete(kept, cfg.server())
			return writeKept(kept)
		},
	}
	addSettings(c.Flags(), "url")
	return c
}

// session is who the server takes a caller for.
type session struct {
	Required bool    `json:"required"`
	Known    bool    `json:"known"`
	Name     string  `json:"name"`
	Grants   []grant `json:"grants"`
}

type grant struct {
	Role       string   `json:"role"`
	Namespaces []string `json:"namespaces"`
}

// String is for people.
func (s session) String() string {
	var list []string
	for _, g := range s.Grants {
		list = append(list, g.Role+" in "+strings.Join(g.Namespaces, ", "))
	}
	if len(list) == 0 {
		list = []string{"no role"}
	}
	return oneLine(s.Name + ": " + strings.Join(list, "; "))
}

func (c *client) whoami(ctx context.Context) (s session, err error) {
	resp, err := c.do(ctx, http.MethodGet, "/api/v1/session", "", nil)
	if err != nil {
		return s, err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
		return s, c.unread(ctx, err)
	}
	return s, nil
}

func (a *app) whoamiCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "whoami", Short: "Show whom the server takes you for", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.whoami(c) },
	}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, "text", "json")
	return c
}

func (a *app) whoami(c *cobra.Command) error {
	form, err := output(c, "text", "json")
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	s, err := newClient(cfg).whoami(c.Context())
	switch {
	case err != nil:
		return err
	case form == "json":
		return printJSON(a.out, map[string]any{"required": s.Required, "known": s.Known, "name": s.Name, "grants": s.Grants})
	case !s.Required:
		fmt.Fprintln(a.out, "this weir does not ask who you are: everything is allowed")
	case !s.Known:
		return withCode(exitDenied, catalog.WithHint(fmt.Errorf("%s asks who you are, and there is no key to show", cfg.server()), "weir login, WEIR_KEY or --key-file"))
	default:
		fmt.Fprintln(a.out, s)
	}
	return nil
}
