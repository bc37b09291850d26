package model

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// The prefixes of node ids. A reader must not take ids apart; the prefix lets
// node(id) find the right table.
const (
	PrefixAsset    = "asset_"
	PrefixRun      = "run_"
	PrefixVersion  = "version_"
	PrefixPolicy   = "policy_"
	PrefixDecision = "decision_"
	PrefixAction   = "action_"
	PrefixProposal = "proposal_"
	PrefixTool     = "tool_"

	PrefixStatement = "statement_"
)

var enc = base64.RawURLEncoding

func pack(parts ...string) string { return enc.EncodeToString([]byte(strings.Join(parts, "\x00"))) }

func unpack(s string, n int) ([]string, bool) {
	b, err := enc.DecodeString(s)
	if err != nil {
		return nil, false
	}
	parts := strings.Split(string(b), "\x00")
	return parts, len(parts) == n
}

// AssetID is the node id of an asset.
func AssetID(id catalog.AssetID) string { return PrefixAsset + id.String() }

// ParseAssetID reads an asset's node id; the bare form that the command line
// prints is taken too.
func ParseAssetID(s string) (catalog.AssetID, error) {
	id, err := catalog.ParseAssetID(strings.TrimPrefix(s, PrefixAsset))
	if err != nil {
		return id, fmt.Errorf("%w: %q is not the id of an asset", catalog.ErrInvalid, clip(s))
	}
	return id, nil
}

// RunID is the node id of a run.
func RunID(k catalog.RunKey) string { return PrefixRun + pack(k.Job.Namespace, k.Job.Name, k.RunID) }

// ParseRunID reads a run's node id.
func ParseRunID(s string) (catalog.RunKey, error) {
	rest, ok := strings.CutPrefix(s, PrefixRun)
	p, good := unpack(rest, 3)
	if !ok || !good {
		return catalog.RunKey{}, fmt.Errorf("%w: %q is not the id of a run", catalog.ErrInvalid, clip(s))
	}
	return catalog.RunKey{Job: catalog.JobName(p[0], p[1]), RunID: p[2]}, nil
}

// VersionID is the node id of a version.
func VersionID(v catalog.Version) string {
	return PrefixVersion + pack(v.Dataset.Namespace, v.Dataset.Name, v.Run.Job.Namespace, v.Run.Job.Name, v.Run.RunID,
		strconv.Itoa(v.Attempt), v.Partition, v.ProducedAt.UTC().Format(time.RFC3339Nano))
}

// VersionRef is what a version's node id says.
type VersionRef struct {
	Dataset    catalog.Name
	Run        catalog.RunKey
	Attempt    int
	Partition  string
	ProducedAt time.Time
}

// ParseVersionID reads a version's node id.
func ParseVersionID(s string) (VersionRef, error) {
	bad := fmt.Errorf("%w: %q is not the id of a version", catalog.ErrInvalid, clip(s))
	rest, ok := strings.CutPrefix(s, PrefixVersion)
	p, good := unpack(rest, 8)
	if !ok || !good {
		return VersionRef{}, bad
	}
	attempt, err := strconv.Atoi(p[5])
	when, err2 := time.Parse(time.RFC3339Nano, p[7])
	if err != nil || err2 != nil {
		return VersionRef{}, bad
	}
	r := VersionRef{Dataset: catalog.DatasetName(p[0], p[1]), Attempt: attempt, Partition: p[6], ProducedAt: when}
	if p[4] != "" {
		r.Run = catalog.RunKey{Job: catalog.JobName(p[2], p[3]), RunID: p[4]}
	}
	return r, nil
}

// Is reports whether v is the version the id was made for.
func (r VersionRef) Is(v catalog.Version) bool {
	if v.Dataset != r.Dataset || v.Run != r.Run || v.Attempt != r.Attempt || v.Partition != r.Partition {
		return false
	}
	return !r.Run.IsZero() || v.ProducedAt.Equal(r.ProducedAt)
}

// PolicyID is the node id of a policy.
func PolicyID(name string) string { return PrefixPolicy + name }

// ToolID is the node id of a connector.
func ToolID(instance string) string { return PrefixTool + instance }

// ProposalID is the node id of what a policy is expected to do to an asset.
func ProposalID(policy string, asset catalog.AssetID) string {
	return PrefixProposal + pack(policy, asset.String())
}

// ParseProposalID reads what ProposalID writes.
func ParseProposalID(s string) (policy string, asset catalog.AssetID, err error) {
	rest, ok := strings.CutPrefix(s, PrefixProposal)
	p, good := unpack(rest, 2)
	if ok && good {
		asset, err = catalog.ParseAssetID(p[1])
		policy = p[0]
	}
	if !ok || !good || err != nil {
		return "", asset, fmt.Errorf("%w: %q is not the id of a proposal", catalog.ErrInvalid, clip(s))
	}
	return policy, asset, nil
}

func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "..."
	}
	return s
}
