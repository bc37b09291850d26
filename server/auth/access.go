package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// Cookie holds the key of a browser. No script can read it, and no page of
// another site makes a browser send it.
const Cookie = "weir_session"

// ErrNobody: nothing was sent that says who asks.
var ErrNobody = errors.New("this weir asks who you are, and no key was sent")

// Access says who asks, by whatever is set up.
type Access struct {
	Keys *Keyring
	// Issuer checks tokens; nil: none are taken.
	Issuer *Issuer
}

// On reports whether callers are asked who they are: once there is a key, or an
// issuer is set up.
func (a *Access) On(ctx context.Context) (bool, error) {
	if a == nil {
		return false, nil
	}
	if a.Issuer != nil {
		return true, nil
	}
	return a.Keys.On(ctx)
}

// Who says who sent a request.
func (a *Access) Who(r *http.Request) (Principal, error) {
	on, err := a.On(r.Context())
	if err != nil {
		return Principal{}, err
	}
	if !on {
		return Anybody, nil
	}
	secret := Credential(r)
	if secret == "" {
		return Principal{}, ErrNobody
	}
	return a.Check(r.Context(), secret)
}

// Check says whose a key or token is.
func (a *Access) Check(ctx context.Context, secret string) (Principal, error) {
	if looksLikeToken(secret) && a.Issuer != nil {
		return a.Issuer.Who(ctx, secret)
	}
	return a.Keys.Who(ctx, secret)
}

// Credential is the key or token that a request carries: in the header, where
// OpenLineage's clients put it, or in the cookie of a browser.
func Credential(r *http.Request) string {
	kind, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(kind, "Bearer") { // another kind is for a proxy before weir
		return strings.TrimSpace(secret)
	}
	if c, err := r.Cookie(Cookie); err == nil {
		return c.Value
	}
	return ""
}
