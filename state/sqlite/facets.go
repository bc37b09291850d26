package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/weirhq/weir/catalog"
)

// facetStamp says which stored value a facet of a run has, since when.
type facetStamp struct {
	At   int64  `json:"a"`
	Hash uint64 `json:"h"` // the order of equal times
	PK   int64  `json:"p"`
}

// facetPlace is what a facet of a run is about: the run itself, or a dataset
// that it read or wrote.
type facetPlace struct {
	side    string
	dataset catalog.NameID
}

// The sides of a facetPlace; they come before what producers name a facet.
const (
	sideInput  = "\x01"
	sideOutput = "\x02"
)

// key names a facet in runBody.Facets. It holds the id of a name and not its
// number, so that its order says nothing of the order of arrival.
func (p facetPlace) key(key string) string {
	if p.side == "" {
		return key
	}
	return p.side + p.dataset.Hex() + partSep + key
}

// maxRunFacets bounds the facets kept of one run: those of the greatest keys,
// which are the run's own.
const maxRunFacets = 500

// fileFacets files facets of a run: the latest of each key, by (time, hash).
// Values are stored once, since most runs of a job repeat most of them.
func (b *batch) fileFacets(r *runRec, place facetPlace, list []catalog.Property, at int64) error {
	for _, p := range list {
		body := p.Raw
		if body == nil {
			body = p.Value
		}
		sum := sha256.Sum256(body)
		stamp := facetStamp{At: at, Hash: binary.BigEndian.Uint64(sum[:])}
		key := place.key(p.Key)
		old, known := r.body.Facets[key]
		if known && (old.At > at || old.At == at && old.Hash >= stamp.Hash) || !known && !r.room(key) {
			continue
		}
		var err error
		if stamp.PK, err = b.facetValue(sum, body, p.Raw == nil); err != nil {
			return fmt.Errorf("file facet %s: %w", p.Key, err)
		}
		if r.body.Facets == nil {
			r.body.Facets = map[string]facetStamp{}
		}
		r.body.Facets[key] = stamp
	}
	return nil
}

// room makes sure that there is room for one more facet, at the cost of the one
// with the least key; false when that is the new one itself.
func (r *runRec) room(key string) bool {
	if len(r.body.Facets) < maxRunFacets {
		return true
	}
	r.body.FacetsCut = true
	least := key
	for k := range r.body.Facets {
		least = min(least, k)
	}
	delete(r.body.Facets, least)
	return least != key
}

// maxCachedFacets bounds the memory of which values are stored.
const maxCachedFacets = 100_000

// facetValue gives the number of a value, storing it when it is new.
func (b *batch) facetValue(sum [32]byte, body []byte, sizeOnly bool) (pk int64, err error) {
	if pk, ok := b.h.facets[sum]; ok {
		return pk, nil
	}
	pk, err = b.addOrFind(b.st.addFacet, b.st.findFacet, sum[:16], facetEncoder.EncodeAll(body, nil), sizeOnly)
	if err != nil {
		return 0, err
	}
	if len(b.h.facets) >= maxCachedFacets {
		clear(b.h.facets)
	}
	b.h.facets[sum] = pk
	return pk, nil
}

var (
	facetEncoder, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)) // no option can fail
	facetDecoder, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
)

// RunFacets gives the facets of a run as they came, the latest of each key, by
// (dataset, key); keys selects, and none selects all.
func (h *History) RunFacets(ctx context.Context, key catalog.RunKey, keys []string) ([]catalog.Facet, error) {
	r := h.lookup(key.Job)
	if !r.known() {
		return nil, nil
	}
	rec := &runRec{}
	err := each(ctx, h.db.read, `SELECT body FROM runs WHERE job = ? AND run_id = ?`, []any{r.pk, key.RunID}, func(rows *sql.Rows) error {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return err
		}
		return json.Unmarshal(body, &rec.body)
	})
	if err != nil {
		return nil, fmt.Errorf("read run facets: %w", err)
	}
	var out []catalog.Facet
	for k, stamp := range rec.body.Facets {
		f := catalog.Facet{At: fromNano(stamp.At)}
		f.Side, f.Dataset, f.Key = h.splitFacetKey(k)
		if len(keys) > 0 && !slices.Contains(keys, f.Key) {
			continue
		}
		if err := h.readFacet(ctx, stamp.PK, &f); err != nil {
			return nil, fmt.Errorf("read run facets: %w", err)
		}
		out = append(out, f)
	}
	slices.SortFunc(out, catalog.Facet.Compare)
	return out, nil
}

func (h *History) splitFacetKey(k string) (side catalog.FacetSide, dataset catalog.Name, key string) {
	switch {
	case strings.HasPrefix(k, sideInput):
		side = catalog.FacetInput
	case strings.HasPrefix(k, sideOutput):
		side = catalog.FacetOutput
	default:
		return "", catalog.Name{}, k
	}
	id, key, _ := strings.Cut(k[1:], partSep)
	return side, h.names.byHex(id), key
}

func (h *History) readFacet(ctx context.Context, pk int64, f *catalog.Facet) error {
	return each(ctx, h.db.read, `SELECT body, size_only FROM facet_values WHERE pk = ?`, []any{pk}, func(rows *sql.Rows) error {
		var body []byte
		var sizeOnly bool
		if err := rows.Scan(&body, &sizeOnly); err != nil {
			return err
		}
		raw, err := facetDecoder.DecodeAll(body, nil)
		if err != nil || !sizeOnly {
			f.Raw, f.Bytes = raw, len(raw)
			return err
		}
		var size struct{ Bytes int }
		err = json.Unmarshal(raw, &size)
		f.Bytes = size.Bytes
		return err
	})
}

// AssetFacets gives the facets of an asset as they came, the latest of each key
// over all its names, by key; keys selects, and none selects all.
func (h *History) AssetFacets(ctx context.Context, id catalog.AssetID, keys []string) ([]catalog.Facet, error) {
	data := rowData{props: map[int64][]catalog.StampedProperty{}}
	if err := data.readProps(ctx, h.db.read, pkList(h.names.members(id))); err != nil {
		return nil, fmt.Errorf("read facets: %w", err)
	}
	latest := map[string]catalog.StampedProperty{}
	for _, list := range data.props {
		for _, p := range list {
			if old, ok := latest[p.Key]; !ok || p.Newer(old) {
				latest[p.Key] = p
			}
		}
	}
	var out []catalog.Facet
	for k, p := range latest {
		if !p.Deleted && (len(keys) == 0 || slices.Contains(keys, k)) {
			out = append(out, catalog.Facet{Key: k, At: p.At, Raw: p.Raw, Bytes: len(p.Raw)})
		}
	}
	slices.SortFunc(out, catalog.Facet.Compare)
	return out, nil
}
