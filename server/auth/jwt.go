package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/sync/singleflight"

	"github.com/weirhq/weir/catalog"
)

// IssuerOptions say whose tokens are believed, and what they grant.
type IssuerOptions struct {
	// Issuer and Audience are what "iss" and "aud" must be.
	Issuer, Audience string
	// Claim holds what Roles maps to grants: a text or a list of texts.
	Claim string
	Roles map[string]Grant
	// Name is the claim that names the caller.
	Name string
	// Fetch reads the keys: a JWK Set, or public keys as PEM.
	Fetch func(ctx context.Context) ([]byte, error)
	Now   func() time.Time
}

// Bounds of tokens and of how often keys are read.
const (
	keysFreshFor = time.Hour
	keysRetry    = time.Minute // also when a token names a key that is not known
	keysFetchFor = 10 * time.Second
	keysKeptFor  = 24 * time.Hour // the last good set, while the issuer is away
	maxLifetime  = 24 * time.Hour
	leeway       = 30 * time.Second
	maxKeyID     = 128
)

// methods are asymmetric: a shared secret would let whoever checks a token make one.
var methods = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// Issuer checks tokens. It is safe for concurrent use.
type Issuer struct {
	o      IssuerOptions
	parser *jwt.Parser

	loading singleflight.Group

	mu    sync.Mutex
	keys  []issuerKey
	good  time.Time // of the last set that could be read
	tried time.Time
}

type issuerKey struct {
	id, alg string
	public  any
}

// NewIssuer reads no key yet.
func NewIssuer(o IssuerOptions) *Issuer {
	return &Issuer{o: o, parser: jwt.NewParser(
		jwt.WithValidMethods(methods), jwt.WithExpirationRequired(), jwt.WithAudience(o.Audience), jwt.WithIssuer(o.Issuer),
		jwt.WithLeeway(leeway), jwt.WithIssuedAt(), jwt.WithTimeFunc(o.Now))}
}

// looksLikeToken tells a token from a key.
func looksLikeToken(secret string) bool { return strings.Count(secret, ".") == 2 }

// Who says whose token it is. Why one is refused is not said: whoever makes up
// tokens would learn from it.
func (i *Issuer) Who(ctx context.Context, token string) (Principal, error) {
	claims := jwt.MapClaims{}
	t, err := i.parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) { return i.key(ctx, t) })
	switch {
	case errors.Is(err, catalog.ErrUnavailable):
		return Principal{}, catalog.ErrUnavailable
	case err != nil || !t.Valid || !i.short(claims):
		return Principal{}, ErrUnknown
	}
	name, _ := claims[i.o.Name].(string)
	if sub, err := claims.GetSubject(); err != nil || sub == "" || !goodName(name) {
		return Principal{}, ErrUnknown
	}
	return Principal{Name: name, Grants: i.grants(claims[i.o.Claim])}, nil
}

func goodName(name string) bool {
	return name != "" && len(name) <= catalog.MaxActor && !strings.HasPrefix(name, catalog.FileActor) && !strings.ContainsFunc(name, unicode.IsControl)
}

// short refuses tokens that count for too long: none can be taken back.
func (i *Issuer) short(c jwt.MapClaims) bool {
	exp, err := c.GetExpirationTime()
	return err == nil && exp != nil && exp.Before(i.o.Now().Add(maxLifetime+leeway))
}

// grants maps what the claim holds; in a fixed order, whatever the issuer's is.
func (i *Issuer) grants(claim any) (out []Grant) {
	var texts []string
	switch v := claim.(type) {
	case string:
		texts = []string{v}
	case []any:
		for _, x := range v {
			if s, ok := x.(string); ok {
				texts = append(texts, s)
			}
		}
	}
	slices.Sort(texts)
	for _, s := range slices.Compact(texts) {
		if g, ok := i.o.Roles[s]; ok {
			out = append(out, g)
		}
	}
	return out
}

// key finds the key that a token says it is signed with. Nothing in a token is
// ever followed as an address.
func (i *Issuer) key(ctx context.Context, t *jwt.Token) (any, error) {
	if _, crit := t.Header["crit"]; crit {
		return nil, ErrUnknown
	}
	typ, _ := t.Header["typ"].(string)
	if typ = strings.ToLower(typ); typ != "" && typ != "jwt" && typ != "at+jwt" {
		return nil, ErrUnknown
	}
	kid, _ := t.Header["kid"].(string)
	if len(kid) > maxKeyID {
		return nil, ErrUnknown
	}
	return i.find(ctx, kid, t.Method.Alg())
}

// find answers from the keys that are held; it waits for the issuer only when
// none of these will do.
func (i *Issuer) find(ctx context.Context, kid, alg string) (any, error) {
	now := i.o.Now()
	k, ok, age := i.look(kid, alg, now)
	if !ok || age >= keysFreshFor {
		done := i.loading.DoChan("", func() (any, error) { i.refresh(ctx, now); return nil, nil })
		if !ok || age >= keysKeptFor {
			select {
			case <-done:
			case <-ctx.Done():
				return nil, catalog.ErrUnavailable
			}
			k, ok, age = i.look(kid, alg, now)
		}
	}
	switch {
	case age >= keysKeptFor:
		return nil, catalog.ErrUnavailable
	case !ok:
		return nil, ErrUnknown
	}
	return k, nil
}

func (i *Issuer) look(kid, alg string, now time.Time) (set jwt.VerificationKeySet, ok bool, age time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	set, ok = i.held(kid, alg)
	return set, ok, now.Sub(i.good)
}

// refresh reads the keys, once a minute at most. It does not end with the
// request that began it: a caller who hangs up must not keep others out.
func (i *Issuer) refresh(ctx context.Context, now time.Time) {
	i.mu.Lock()
	due := now.Sub(i.tried) >= keysRetry
	i.mu.Unlock()
	if !due {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keysFetchFor)
	defer cancel()
	list, err := i.load(ctx)
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.tried = now; err == nil {
		i.keys, i.good = list, now
	}
}

// held are the keys that may have signed. Keys without an id (PEM) may be any; a
// token without one is taken for signed by the only key there is.
func (i *Issuer) held(kid, alg string) (set jwt.VerificationKeySet, ok bool) {
	for _, k := range i.keys {
		if (k.id == kid || k.id == "" || kid == "" && len(i.keys) == 1) && (k.alg == "" || k.alg == alg) {
			set.Keys = append(set.Keys, k.public)
		}
	}
	return set, len(set.Keys) > 0
}

func (i *Issuer) load(ctx context.Context) ([]issuerKey, error) {
	b, err := i.o.Fetch(ctx)
	if err != nil {
		return nil, err
	}
	return ParseKeys(b)
}

// ParseKeys reads public keys: a JWK Set, or PEM. Of a set, keys that are of no
// use here are left out; one without any is refused.
func ParseKeys(b []byte) (out []issuerKey, err error) {
	if block, _ := pem.Decode(b); block != nil {
		return parsePEM(b)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(b, &set); err != nil {
		return nil, fmt.Errorf("%w: neither a JWK Set nor PEM", catalog.ErrInvalid)
	}
	for _, raw := range set.Keys {
		if k := (struct {
			X5U string `json:"x5u"`
		}{}); json.Unmarshal(raw, &k) != nil || k.X5U != "" {
			continue // a certificate somewhere else is not fetched
		}
		jwk, err := jwkset.NewJWKFromRawJSON(raw, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{SkipX5UScheme: true})
		if err != nil || !publicKey(jwk.Key()) || jwk.Marshal().USE == jwkset.UseEnc {
			continue
		}
		out = append(out, issuerKey{id: jwk.Marshal().KID, alg: string(jwk.Marshal().ALG), public: jwk.Key()})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: no public key for signatures in it", catalog.ErrInvalid)
	}
	return out, nil
}

func parsePEM(b []byte) (out []issuerKey, err error) {
	for {
		block, rest := pem.Decode(b)
		if block == nil {
			break
		}
		k, err := jwkset.LoadX509KeyInfer(block)
		if err != nil || !publicKey(k) {
			return nil, fmt.Errorf("%w: a block of the PEM is no public key", catalog.ErrInvalid)
		}
		out, b = append(out, issuerKey{public: k}), rest
	}
	return out, nil
}

func publicKey(k any) bool {
	switch k.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	}
	return false
}
