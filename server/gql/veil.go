package gql

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/auth"
)

// hiddenName is what an asset is called that the caller may not read.
const hiddenName = "hidden asset"

// withheld stands in the place of a sentence that may name such an asset.
const withheld = "not shown: it may name assets that your role does not let you read"

// masks turns ids of hidden assets into others and back. An id is made of names,
// so whoever guesses a name could prove it by the id; a block cipher of 16 bytes
// is a permutation of ids that nobody outside of this process can follow.
var masks = func() cipher.Block {
	var key [16]byte
	_, _ = rand.Read(key[:]) // never fails
	b, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // 16 bytes are a key
	}
	return b
}()

// veil is what lies between one caller and the readers: it says what they may
// read, and gives what they may not an id and a name that tell nothing.
type veil struct {
	p       auth.Principal
	history History
	judge   Judge
	live    Policies
}

// may reports whether the caller may read what is in a namespace. weir's own
// jobs are everybody's.
func (v *veil) may(namespace string) bool {
	return namespace == catalog.InternalNamespace || v.p.Can(auth.Read, namespace)
}

func (v *veil) mask(id catalog.AssetID) (out catalog.AssetID) {
	masks.Encrypt(out[:], id[:])
	return out
}

func (v *veil) unmask(id catalog.AssetID) (out catalog.AssetID) {
	masks.Decrypt(out[:], id[:])
	return out
}

// seen is an id as the caller has it: which asset it is, and whether that is
// hidden. An unknown one, and the true id of a hidden one, are no asset.
type seen struct {
	id     catalog.AssetID
	name   catalog.Name
	hidden bool
}

func (s seen) known() bool { return !s.id.IsZero() }

// from reads ids that come from the caller.
func (v *veil) from(ctx context.Context, ids []catalog.AssetID) ([]seen, error) {
	both := make([]catalog.AssetID, 0, 2*len(ids))
	for _, id := range ids {
		both = append(both, id, v.unmask(id))
	}
	named, err := v.history.Named(ctx, both)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	out := make([]seen, len(ids))
	for i := range ids {
		switch plain, masked := named[2*i], named[2*i+1]; {
		case !plain.ID.IsZero() && v.may(plain.Name.Namespace):
			out[i] = seen{plain.ID, plain.Name, false}
		case plain.ID.IsZero() && !masked.ID.IsZero() && !v.may(masked.Name.Namespace):
			out[i] = seen{masked.ID, masked.Name, true}
		}
	}
	return out, nil
}

// to gives ids to the caller: hidden says which of them are masked.
func (v *veil) to(ctx context.Context, ids []catalog.AssetID) (given map[catalog.AssetID]catalog.AssetID, hidden map[catalog.AssetID]bool, err error) {
	named, err := v.history.Named(ctx, ids)
	if err != nil {
		return nil, nil, fmt.Errorf("read names: %w", err)
	}
	given, hidden = map[catalog.AssetID]catalog.AssetID{}, map[catalog.AssetID]bool{}
	for i, id := range ids {
		given[id] = id
		if n := named[i]; n.ID.IsZero() || !v.may(n.Name.Namespace) {
			given[id], hidden[id] = v.mask(id), true
		}
	}
	return given, hidden, nil
}

// one is from for one id.
func (v *veil) one(ctx context.Context, id catalog.AssetID) (seen, error) {
	list, err := v.from(ctx, []catalog.AssetID{id})
	if err != nil {
		return seen{}, err
	}
	return list[0], nil
}

// reads reports whether an asset, by an id of weir's, may be read.
func (v *veil) reads(ctx context.Context, id catalog.AssetID) bool {
	if id.IsZero() {
		return false
	}
	_, hidden, err := v.to(ctx, []catalog.AssetID{id})
	return err == nil && !hidden[id]
}

func (v *veil) mayName(n catalog.Name) bool { return v.may(n.Namespace) }

// count says how many ids, as the caller has them, are of hidden assets.
func (v *veil) count(ctx context.Context, ids []catalog.AssetID) (n int, err error) {
	if v == nil || len(ids) == 0 {
		return 0, nil
	}
	list, err := v.from(ctx, ids)
	for _, s := range list {
		if s.hidden {
			n++
		}
	}
	return n, err
}

// names keeps those that may be read.
func (v *veil) names(in []catalog.Name) (out []catalog.Name) {
	for _, n := range in {
		if v.mayName(n) {
			out = append(out, n)
		}
	}
	return out
}

// pins keeps those of inputs that may be read.
func (v *veil) pins(in []catalog.Pin) (out []catalog.Pin) {
	for _, p := range in {
		if v.mayName(p.Name) {
			out = append(out, p)
		}
	}
	return out
}

// clear are the policies that nothing hidden takes part in: their sentences can
// be shown as they are. A policy that is no longer in force is not among them.
func (v *veil) clear() map[string]bool {
	out, bad := map[string]bool{}, map[string]bool{}
	for _, e := range v.judge.Evaluations() {
		out[e.Policy.Name] = true
		if !v.clearOf(e) {
			bad[e.Policy.Name] = true
		}
	}
	for name := range bad {
		delete(out, name)
	}
	for name := range out {
		if p := v.live.Get().ByName(name); p == nil || !v.clearText(p) {
			delete(out, name)
		}
	}
	return out
}

// clearText: a policy that writes down exact names, all of which may be read.
// Globs may have matched anything at some time.
func (v *veil) clearText(p *policies.Policy) bool {
	exact := func(s policies.Selector) bool {
		if s.Exact != nil {
			return v.mayName(*s.Exact)
		}
		ways := catalog.SplitName(s.Type, s.Text)
		return !s.Glob() && s.Tag+s.Tool == "" && len(v.names(ways)) == len(ways)
	}
	if !exact(p.Select) {
		return false
	}
	for _, in := range p.Inputs {
		if !exact(in.Selector) {
			return false
		}
	}
	return true
}

func (v *veil) clearOf(e policies.Evaluated) bool {
	s := e.Snapshot
	if !v.mayName(e.Name) || !s.Lag.Because.IsZero() && !v.mayName(s.Lag.Because) || len(s.Observed)+len(s.Unlisted) > 0 {
		return false
	}
	if c := policies.FreshnessOf(e).Cause; c != nil && !v.mayName(c.Name) {
		return false
	}
	for _, in := range s.Inputs {
		if !v.mayName(in.Name) {
			return false
		}
	}
	for _, r := range s.Running {
		if !v.mayName(r.Key.Job) {
			return false
		}
	}
	return true
}
