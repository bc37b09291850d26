package model

import (
	"time"

	"github.com/weirhq/weir/catalog"
)

// Reuse is the view of a proof that a run would have made the same again.
type Reuse struct{ r catalog.Reuse }

func reuseOf(r *catalog.Reuse) *Reuse {
	if r == nil {
		return nil
	}
	return &Reuse{*r}
}

// Reuse is null unless nothing had changed.
func (d *Decision) Reuse() *Reuse { return reuseOf(d.D.Reuse) }

// Reuse is null unless weir decided the skip.
func (a *Action) Reuse() *Reuse { return reuseOf(a.A.Reuse) }

// Version is the id of what stands.
func (r *Reuse) Version() string { return r.r.Version }

// ProducedAt is when it was made.
func (r *Reuse) ProducedAt() time.Time { return r.r.ProducedAt }

// Run is the id of the run that made it; null without one.
func (r *Reuse) Run() *string {
	if r.r.Run.IsZero() {
		return nil
	}
	id := RunID(r.r.Run)
	return &id
}

// RunID is the producer's.
func (r *Reuse) RunID() *string { return opt(r.r.Run.RunID) }

// CodeVersion and CodeHash are those of that run.
func (r *Reuse) CodeVersion() *string { return opt(r.r.Code.Version) }

// CodeHash is what its code means.
func (r *Reuse) CodeHash() *string { return opt(r.r.Code.Hash) }

// Inputs are what was compared.
func (r *Reuse) Inputs() []ReusedInput {
	return each(r.r.Inputs, func(in catalog.ReusedInput) ReusedInput {
		return ReusedInput{AssetID(in.Input), nameOf(in.Name), in.Version, in.Read, opt(in.DataVersion)}
	})
}

// ReusedInput is one input of a reuse.
type ReusedInput struct {
	Input       string
	Name        AssetName
	Version     string
	Read        string
	DataVersion *string
}
