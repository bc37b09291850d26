package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Store keeps keys (state/sqlite.Keys).
type Store interface {
	AccessKeys(ctx context.Context) ([]catalog.AccessKey, error)
	PutAccessKey(ctx context.Context, k catalog.AccessKey) error
	UsedAccessKey(ctx context.Context, id string, at time.Time) error
}

const (
	// freshFor is how long keys are held in memory: a key that another process
	// made or revoked on the data directory counts that much later at most.
	freshFor = 2 * time.Second
	// useEvery is how often uses are written down.
	useEvery = time.Minute

	maxKeys       = 10_000
	maxNamespaces = 100
	maxGlob       = 500
)

// ErrUnknown: the secret is no key, or one that does not count any more. Which
// of these is not said.
var ErrUnknown = errors.New("the key is not known, or was revoked, or is past its time")

// Keyring knows all keys. It is safe for concurrent use.
type Keyring struct {
	store Store
	now   func() time.Time

	mu   sync.Mutex
	read time.Time // when keys were read
	keys map[string]catalog.AccessKey
	used map[string]time.Time // not yet written down
}

// NewKeyring reads keys from a store, when they are asked for.
func NewKeyring(s Store, now func() time.Time) *Keyring {
	return &Keyring{store: s, now: now, used: map[string]time.Time{}}
}

// On reports whether there is any key, also one that does not count any more:
// to take the last one away must not let everybody in.
func (k *Keyring) On(ctx context.Context) (bool, error) {
	keys, err := k.current(ctx)
	return len(keys) > 0, err
}

// Who finds whose secret it is.
func (k *Keyring) Who(ctx context.Context, secret string) (Principal, error) {
	if !wellFormed(secret) {
		return Principal{}, ErrUnknown
	}
	keys, err := k.current(ctx)
	if err != nil {
		return Principal{}, err
	}
	hash := sha256.Sum256([]byte(secret))
	key, ok := keys[idOf(hash)]
	if !ok || subtle.ConstantTimeCompare(hash[:], key.Hash[:]) != 1 || !key.Valid(k.now()) {
		return Principal{}, ErrUnknown
	}
	k.note(key.ID)
	return Principal{Name: key.Name, Grants: []Grant{{Role: key.Role, Namespaces: key.Namespaces}}}, nil
}

// current are the keys by id, read again when they are no longer fresh.
func (k *Keyring) current(ctx context.Context) (map[string]catalog.AccessKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if age := k.now().Sub(k.read); k.keys != nil && age >= 0 && age < freshFor {
		return k.keys, nil
	}
	list, err := k.store.AccessKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", catalog.ErrUnavailable, err)
	}
	k.keys, k.read = make(map[string]catalog.AccessKey, len(list)), k.now()
	for _, key := range list {
		k.keys[key.ID] = key
	}
	return k.keys, nil
}

// note remembers that a key was used. It is not written here: a request would
// wait for its turn to write, behind all that is projected.
func (k *Keyring) note(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.used[id] = k.now()
}

// Run writes down uses until ctx ends, and then those that are left.
func (k *Keyring) Run(ctx context.Context) error {
	tick := time.NewTicker(useEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			k.WriteUses(context.WithoutCancel(ctx))
			return nil
		case <-tick.C:
			k.WriteUses(ctx)
		}
	}
}

// WriteUses writes down when keys were used since it last did. One that cannot be
// written is dropped: it is worth no fault, and the next one says more.
func (k *Keyring) WriteUses(ctx context.Context) {
	k.mu.Lock()
	uses := k.used
	k.used = map[string]time.Time{}
	k.mu.Unlock()
	for id, at := range uses {
		_ = k.store.UsedAccessKey(ctx, id, at)
	}
}

// Wanted is a key that somebody asks for.
type Wanted struct {
	Name       string
	Role       catalog.Role
	Namespaces []string // none: every namespace
	// For is how long it counts; 0 for ever.
	For time.Duration
	// By is who makes it.
	By string
}

// Create makes a key. The secret is given this once and kept nowhere.
func (k *Keyring) Create(ctx context.Context, w Wanted) (secret string, key catalog.AccessKey, err error) {
	if err := w.check(); err != nil {
		return "", key, err
	}
	list, err := k.store.AccessKeys(ctx)
	if err != nil {
		return "", key, err
	}
	if len(list) >= maxKeys {
		return "", key, fmt.Errorf("%w: there are %d keys already", catalog.ErrConflict, len(list))
	}
	if len(list) == 0 && w.By == "" && (w.Role != catalog.RoleAdmin || len(w.Namespaces) > 0 && !slices.Contains(w.Namespaces, Everything)) {
		return "", key, catalog.WithHint(fmt.Errorf("%w: the first key has to be of an administrator of all namespaces: from then on weir asks everybody who they are", catalog.ErrInvalid), "weir keys create --name you --role admin")
	}
	secret = mint(w.Role)
	now := k.now().UTC()
	key = catalog.AccessKey{Hash: sha256.Sum256([]byte(secret)), Name: w.Name, Role: w.Role, Namespaces: w.Namespaces, CreatedAt: now, CreatedBy: w.By}
	key.ID = idOf(key.Hash)
	if len(key.Namespaces) == 0 {
		key.Namespaces = []string{Everything}
	}
	if w.For > 0 {
		key.ExpiresAt = now.Add(w.For)
	}
	return secret, key, k.put(ctx, key)
}

func (w Wanted) check() error {
	if _, err := ParseRole(string(w.Role)); err != nil {
		return err
	}
	switch {
	case !goodName(w.Name):
		return fmt.Errorf("%w: the name of a key is 1 to %d bytes and does not begin with %s", catalog.ErrInvalid, catalog.MaxActor, catalog.FileActor)
	case w.For < 0:
		return fmt.Errorf("%w: a key cannot end before it begins", catalog.ErrInvalid)
	case len(w.Namespaces) > maxNamespaces || slices.ContainsFunc(w.Namespaces, func(g string) bool { return g == "" || len(g) > maxGlob }):
		return fmt.Errorf("%w: a key has at most %d namespaces of 1 to %d bytes", catalog.ErrInvalid, maxNamespaces, maxGlob)
	}
	return nil
}

// List lists all keys, oldest first.
func (k *Keyring) List(ctx context.Context) ([]catalog.AccessKey, error) {
	return k.store.AccessKeys(ctx)
}

// Revoke ends a key now; ending it again changes nothing.
func (k *Keyring) Revoke(ctx context.Context, id string) (catalog.AccessKey, error) {
	list, err := k.store.AccessKeys(ctx)
	if err != nil {
		return catalog.AccessKey{}, err
	}
	i := slices.IndexFunc(list, func(key catalog.AccessKey) bool { return key.ID == id })
	if i < 0 {
		return catalog.AccessKey{}, catalog.WithHint(fmt.Errorf("key %q: %w", id, catalog.ErrNotFound), "weir keys list shows the ids")
	}
	key := list[i]
	if !key.RevokedAt.IsZero() {
		return key, nil
	}
	key.RevokedAt = k.now().UTC()
	return key, k.put(ctx, key)
}

// put keeps a key and lets it count at once.
func (k *Keyring) put(ctx context.Context, key catalog.AccessKey) error {
	if err := k.store.PutAccessKey(ctx, key); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys = nil
	return nil
}
