package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
)

// shelf keeps keys in memory.
type shelf struct {
	keys []catalog.AccessKey
	uses int
	err  error
}

func (s *shelf) AccessKeys(context.Context) ([]catalog.AccessKey, error) {
	return append([]catalog.AccessKey{}, s.keys...), s.err
}

func (s *shelf) PutAccessKey(_ context.Context, k catalog.AccessKey) error {
	for i, old := range s.keys {
		if old.ID == k.ID {
			s.keys[i] = k
			return nil
		}
	}
	s.keys = append(s.keys, k)
	return nil
}

func (s *shelf) UsedAccessKey(context.Context, string, time.Time) error { s.uses++; return nil }

var admin = auth.Wanted{Name: "ann", Role: catalog.RoleAdmin}

func TestKeyring(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := &shelf{}
	ring := auth.NewKeyring(s, func() time.Time { return now })
	if on, err := ring.On(t.Context()); on || err != nil {
		t.Fatalf("on without keys: %v %v", on, err)
	}
	if _, _, err := ring.Create(t.Context(), auth.Wanted{Name: "bi", Role: catalog.RoleViewer}); !errors.Is(err, catalog.ErrInvalid) {
		t.Errorf("the first key is a viewer's: %v", err)
	}
	secret, key, err := ring.Create(t.Context(), admin)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(secret, "weir_sk_") || strings.Contains(string(key.Hash[:]), secret) {
		t.Errorf("secret %q", secret)
	}
	p, err := ring.Who(t.Context(), secret)
	if err != nil || p.Name != "ann" || !p.Everywhere(auth.Admin) {
		t.Errorf("%+v %v", p, err)
	}
	viewer, _, err := ring.Create(t.Context(), auth.Wanted{Name: "bi", Role: catalog.RoleViewer, Namespaces: []string{"prod*"}, For: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if p, err = ring.Who(t.Context(), viewer); err != nil || !p.Can(auth.Read, "prod") || p.Can(auth.Read, "dev") {
		t.Errorf("%+v %v", p, err)
	}
	now = now.Add(time.Hour)
	if _, err := ring.Who(t.Context(), viewer); !errors.Is(err, auth.ErrUnknown) {
		t.Errorf("past its time: %v", err)
	}
	if _, err := ring.Revoke(t.Context(), key.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Who(t.Context(), secret); !errors.Is(err, auth.ErrUnknown) {
		t.Errorf("revoked: %v", err)
	}
	if on, _ := ring.On(t.Context()); !on {
		t.Error("to revoke the last key lets everybody in")
	}
	if _, err := ring.Revoke(t.Context(), "key_000000000000"); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("unknown id: %v", err)
	}
}

// TestForgery: what is no key is refused, whatever is like one.
func TestForgery(t *testing.T) {
	s := &shelf{}
	ring := auth.NewKeyring(s, time.Now)
	secret, key, err := ring.Create(t.Context(), admin)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := auth.NewKeyring(&shelf{}, time.Now).Create(t.Context(), admin)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty": "", "id": key.ID, "prefix": "weir_sk_", "another weir's": other, "cut": secret[:len(secret)-1], "longer": secret + "a",
		"other kind": strings.Replace(secret, "_sk_", "_in_", 1), "slip": strings.Replace(secret, secret[10:11], "9", 1), "upper": strings.ToUpper(secret),
	} {
		if _, err := ring.Who(t.Context(), text); !errors.Is(err, auth.ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.keys[0].Hash[31] ^= 1
	if _, err := auth.NewKeyring(s, time.Now).Who(t.Context(), secret); !errors.Is(err, auth.ErrUnknown) {
		t.Errorf("only the id fits: %v", err)
	}
}

// TestUsesAtTheEnd: what was used since the last writing is written at the end.
func TestUsesAtTheEnd(t *testing.T) {
	s := &shelf{}
	ring := auth.NewKeyring(s, time.Now)
	secret, _, err := ring.Create(t.Context(), admin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Who(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := ring.Run(ctx); err != nil || s.uses != 1 {
		t.Errorf("%d uses written, %v", s.uses, err)
	}
}

// TestKeyringReads: a key made elsewhere counts soon, uses are not all written,
// and a store that cannot answer lets nobody in.
func TestKeyringReads(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := &shelf{}
	ring := auth.NewKeyring(s, func() time.Time { return now })
	_, _ = ring.On(t.Context())
	secret, _, err := auth.NewKeyring(s, time.Now).Create(t.Context(), admin)
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(3 * time.Second)
	for range 5 {
		if _, err := ring.Who(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
	}
	if s.uses != 0 {
		t.Errorf("%d uses written by requests, which would wait for it", s.uses)
	}
	ring.WriteUses(t.Context())
	ring.WriteUses(t.Context())
	if s.uses != 1 {
		t.Errorf("%d uses written of 5 in one moment", s.uses)
	}
	now, s.err = now.Add(time.Minute), errors.New("disk gone")
	if _, err := ring.Who(t.Context(), secret); !errors.Is(err, catalog.ErrUnavailable) {
		t.Errorf("store gone: %v", err)
	}
}
