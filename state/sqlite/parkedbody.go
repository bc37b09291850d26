package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/weirhq/weir/catalog"
)

// keptBodies is how much of what is parked is kept beside the journal, in bytes
// as they are stored: the newest.
const keptBodies = 256 << 20

// keptEntry is a parked entry as the table has it.
type keptEntry struct {
	kind        catalog.EntryKind
	flags, body []byte
}

// parkedCodecs compress what is parked, as the journal does.
var parkedCodecs = sync.OnceValue(func() (c struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}) {
	c.enc, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)) // no option is wrong
	c.dec, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	return c
})

func keep(e catalog.Entry) keptEntry {
	k := keptEntry{kind: e.Kind, body: parkedCodecs().enc.EncodeAll(e.Body, []byte{})}
	if len(e.Flags) > 0 {
		k.flags, _ = json.Marshal(e.Flags) // texts always marshal
	}
	return k
}

// ParkedEntry gives what is parked as it came; ErrNotFound where it is not kept.
func (h *History) ParkedEntry(ctx context.Context, pos catalog.Position) (e catalog.Entry, err error) {
	var at int64
	var k keptEntry
	err = h.db.read.QueryRowContext(ctx, `SELECT received_at, kind, flags, body FROM parked WHERE position = ? AND body IS NOT NULL`, int64(pos)).Scan(&at, &k.kind, &k.flags, &k.body)
	if errors.Is(err, sql.ErrNoRows) {
		return e, fmt.Errorf("entry %s: %w", pos, catalog.ErrNotFound)
	}
	e = catalog.Entry{Position: pos, Kind: k.kind, ReceivedAt: fromNano(at)}
	if err == nil {
		err = optionalJSON(k.flags, &e.Flags)
	}
	if err == nil {
		e.Body, err = parkedCodecs().dec.DecodeAll(k.body, nil)
	}
	if err != nil {
		return e, fmt.Errorf("read parked entry %s: %w", pos, err)
	}
	return e, nil
}

// KeepParked sees that what is parked up to a position can be read without the
// journal, and gives the oldest up where that takes too much. An earlier weir
// parked without a copy.
func (h *History) KeepParked(ctx context.Context, upTo catalog.Position, j *Journal) (given int64, err error) {
	var bare []catalog.Position
	err = each(ctx, h.db.read, `SELECT position FROM parked WHERE position <= ? AND body IS NULL ORDER BY position`, []any{int64(upTo)}, func(rows *sql.Rows) error {
		var pos int64
		err := rows.Scan(&pos)
		bare = append(bare, catalog.Position(pos))
		return err
	})
	for _, pos := range bare {
		if err == nil && pos >= j.First() {
			err = h.keepParked(ctx, pos, j)
		}
	}
	if err == nil {
		given, err = h.boundParked(ctx, keptBodies)
	}
	if err != nil {
		return 0, fmt.Errorf("keep what is parked: %w", err)
	}
	return given, nil
}

func (h *History) keepParked(ctx context.Context, pos catalog.Position, j *Journal) error {
	found, err := j.After(ctx, pos-1, 1)
	if err != nil || len(found) == 0 || found[0].Position != pos || len(found[0].Flags) > 0 && found[0].Flags[0].Code == catalog.FlagDamaged {
		return err
	}
	k := keep(found[0])
	_, err = h.db.ledger.ExecContext(ctx, `UPDATE parked SET kind = ?, flags = ?, body = ? WHERE position = ?`, k.kind, k.flags, k.body, int64(pos))
	return err
}

// boundParked gives up the copies of the oldest, beyond a number of bytes.
func (h *History) boundParked(ctx context.Context, limit int64) (given int64, err error) {
	res, err := h.db.ledger.ExecContext(ctx, `UPDATE parked SET body = NULL, flags = NULL WHERE position IN (
		SELECT position FROM (SELECT position, sum(length(body)) OVER (ORDER BY position DESC) AS held FROM parked WHERE body IS NOT NULL) WHERE held > ?)`, limit)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
