package auth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
)

var jwtNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// idp is an issuer with its keys.
type idp struct {
	rsa     *rsa.PrivateKey
	fetched int
	err     error
	set     []byte
}

func newIDP(t *testing.T) *idp {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &idp{rsa: k}
	p.set = jwks(t, "k1", k)
	return p
}

func jwks(t *testing.T, kid string, k *rsa.PrivateKey) []byte {
	t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	b, err := json.Marshal(map[string]any{"keys": []map[string]any{{"kty": "RSA", "kid": kid, "alg": "RS256", "use": "sig", "n": b64(k.N.Bytes()), "e": b64(big.NewInt(int64(k.E)).Bytes())}}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (p *idp) issuer(now *time.Time) *auth.Issuer {
	return auth.NewIssuer(auth.IssuerOptions{
		Issuer: "https://id.example", Audience: "weir", Claim: "groups", Name: "sub", Now: func() time.Time { return *now },
		Roles: map[string]auth.Grant{"data": {Role: catalog.RoleAdmin, Namespaces: []string{"*"}}, "bi": {Role: catalog.RoleViewer, Namespaces: []string{"looker"}}},
		Fetch: func(context.Context) ([]byte, error) { p.fetched++; return p.set, p.err },
	})
}

func good() jwt.MapClaims {
	return jwt.MapClaims{"iss": "https://id.example", "aud": "weir", "sub": "ann", "exp": jwtNow.Add(time.Hour).Unix(), "iat": jwtNow.Unix(), "groups": []string{"bi", "other"}}
}

func signed(t *testing.T, m jwt.SigningMethod, key any, head map[string]any, c jwt.MapClaims) string {
	t.Helper()
	tok := jwt.NewWithClaims(m, c)
	tok.Header["kid"] = "k1"
	for k, v := range head {
		tok.Header[k] = v
	}
	s, err := tok.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func with(c jwt.MapClaims, k string, v any) jwt.MapClaims {
	if v == nil {
		delete(c, k)
	} else {
		c[k] = v
	}
	return c
}

func TestTokens(t *testing.T) {
	p, now := newIDP(t), jwtNow
	i := p.issuer(&now)
	who, err := i.Who(t.Context(), signed(t, jwt.SigningMethodRS256, p.rsa, nil, good()))
	if err != nil || who.Name != "ann" || !who.Can(auth.Read, "looker") || who.Can(auth.Read, "prod") || len(who.Grants) != 1 {
		t.Fatalf("%+v %v", who, err)
	}
	stranger, _ := rsa.GenerateKey(rand.Reader, 2048)
	curve, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	public, _ := x509.MarshalPKIXPublicKey(&p.rsa.PublicKey)
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	rs := func(head map[string]any, c jwt.MapClaims) string {
		return signed(t, jwt.SigningMethodRS256, p.rsa, head, c)
	}
	for name, token := range map[string]string{
		"none":                   signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil, good()),
		"shared secret":          signed(t, jwt.SigningMethodHS256, publicPEM, nil, good()),
		"stranger":               signed(t, jwt.SigningMethodRS256, stranger, nil, good()),
		"other method":           signed(t, jwt.SigningMethodPS256, p.rsa, nil, good()),
		"other kind of key":      signed(t, jwt.SigningMethodES256, curve, nil, good()),
		"unknown key id":         rs(map[string]any{"kid": "k2"}, good()),
		"key id as path":         rs(map[string]any{"kid": "../../etc/passwd"}, good()),
		"crit":                   rs(map[string]any{"crit": []string{"x"}}, good()),
		"logout token":           rs(map[string]any{"typ": "logout+jwt"}, good()),
		"key brought along":      signed(t, jwt.SigningMethodRS256, stranger, map[string]any{"jku": "https://evil.example", "kid": "x"}, good()),
		"no expiry":              rs(nil, with(good(), "exp", nil)),
		"expired":                rs(nil, with(good(), "exp", jwtNow.Add(-time.Minute).Unix())),
		"for a year":             rs(nil, with(good(), "exp", jwtNow.Add(365*24*time.Hour).Unix())),
		"1e300":                  rs(nil, with(good(), "exp", 1e300)),
		"not yet":                rs(nil, with(good(), "nbf", jwtNow.Add(time.Hour).Unix())),
		"issued later":           rs(nil, with(good(), "iat", jwtNow.Add(time.Hour).Unix())),
		"other audience":         rs(nil, with(good(), "aud", "grafana")),
		"no audience":            rs(nil, with(good(), "aud", nil)),
		"other issuer":           rs(nil, with(good(), "iss", "https://evil.example")),
		"no issuer":              rs(nil, with(good(), "iss", nil)),
		"no subject":             rs(nil, with(good(), "sub", nil)),
		"subject as a file":      rs(nil, with(good(), "sub", "file:assets.yaml")),
		"subject with a newline": rs(nil, with(good(), "sub", "ann\nbob")),
		"garbage":                "a.b.c",
		"many dots":              "...............",
	} {
		if who, err := i.Who(t.Context(), token); !errors.Is(err, auth.ErrUnknown) {
			t.Errorf("%s: %+v %v", name, who, err)
		}
	}
	if who, err := i.Who(t.Context(), rs(nil, with(good(), "groups", nil))); err != nil || who.Anywhere(auth.Read) {
		t.Errorf("without groups: %+v %v", who, err)
	}
}

// TestPEM: public keys without ids, of which any may have signed.
func TestPEM(t *testing.T) {
	p, now := newIDP(t), jwtNow
	curve, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p.set = nil
	for _, k := range []any{&p.rsa.PublicKey, &curve.PublicKey} {
		b, err := x509.MarshalPKIXPublicKey(k)
		if err != nil {
			t.Fatal(err)
		}
		p.set = append(p.set, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: b})...)
	}
	i := p.issuer(&now)
	for _, token := range []string{signed(t, jwt.SigningMethodRS256, p.rsa, nil, good()), signed(t, jwt.SigningMethodES256, curve, nil, good())} {
		if _, err := i.Who(t.Context(), token); err != nil {
			t.Error(err)
		}
	}
}

// TestKeysOfIssuer: a new key is found once it is needed, not more than once a
// minute, and the last good set holds for a day.
func TestKeysOfIssuer(t *testing.T) {
	p, now := newIDP(t), jwtNow
	i := p.issuer(&now)
	next, _ := rsa.GenerateKey(rand.Reader, 2048)
	old := signed(t, jwt.SigningMethodRS256, p.rsa, nil, with(good(), "exp", jwtNow.Add(23*time.Hour).Unix()))
	fresh := signed(t, jwt.SigningMethodRS256, next, map[string]any{"kid": "k2"}, good())
	if _, err := i.Who(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		_, _ = i.Who(t.Context(), fresh)
	}
	if p.fetched != 1 {
		t.Errorf("keys were read %d times for a flood of unknown ids", p.fetched)
	}
	p.set, now = jwks(t, "k2", next), now.Add(2*time.Minute)
	if _, err := i.Who(t.Context(), fresh); err != nil || p.fetched != 2 {
		t.Errorf("after a rotation: %v, read %d times", err, p.fetched)
	}
	p.set, p.err = nil, errors.New("gone")
	now = jwtNow.Add(50 * time.Minute)
	if _, err := i.Who(t.Context(), fresh); err != nil {
		t.Errorf("the last good set: %v", err)
	}
	now = jwtNow.Add(30 * time.Hour)
	if _, err := i.Who(t.Context(), fresh); !errors.Is(err, catalog.ErrUnavailable) {
		t.Errorf("after a day without keys: %v", err)
	}
}

// TestKeysAreReadForAll: a caller who hangs up does not end the reading, and
// while the issuer is slow, keys that are held answer.
func TestKeysAreReadForAll(t *testing.T) {
	p, now := newIDP(t), jwtNow
	slow, asked := make(chan struct{}), make(chan struct{}, 1)
	i := auth.NewIssuer(auth.IssuerOptions{
		Issuer: "https://id.example", Audience: "weir", Claim: "groups", Name: "sub", Now: func() time.Time { return now },
		Fetch: func(ctx context.Context) ([]byte, error) {
			asked <- struct{}{}
			<-slow
			return p.set, ctx.Err()
		},
	})
	token := signed(t, jwt.SigningMethodRS256, p.rsa, nil, with(good(), "exp", jwtNow.Add(3*time.Hour).Unix()))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := i.Who(gone, token); !errors.Is(err, catalog.ErrUnavailable) {
		t.Fatalf("who hung up: %v", err)
	}
	<-asked
	close(slow)
	if _, err := i.Who(t.Context(), token); err != nil {
		t.Fatalf("who came after: %v", err)
	}
	slow, now = make(chan struct{}), jwtNow.Add(2*time.Hour)
	if _, err := i.Who(t.Context(), token); err != nil {
		t.Errorf("while the issuer is slow: %v", err)
	}
	<-asked
	close(slow)
}
