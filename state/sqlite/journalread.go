package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/weirhq/weir/catalog"
)

const entryColumns = `position, kind, received_at, flags, body, sum`

// maxPageBytes bounds what one call of After gives: the entry that reaches it is
// the last.
const maxPageBytes = 4 << 20

// After returns at most limit records behind pos, in order, and fewer of large
// ones; none are there only at the end. Records that are missing in between (and
// were not removed by retention) are given as one that is damaged, at the last of
// their positions.
func (j *Journal) After(ctx context.Context, pos catalog.Position, limit int) ([]catalog.Entry, error) {
	j.files.RLock()
	defer j.files.RUnlock()
	return j.after(ctx, pos, limit)
}

// after is After for who holds files.
func (j *Journal) after(ctx context.Context, pos catalog.Position, limit int) ([]catalog.Entry, error) {
	end := j.End()
	p := pageReader{next: pos + 1, limit: limit}
	if first := j.segments[0].first; p.next < first {
		p.next = first // retention has removed what was before
	}
	if j.tail.page(&p, end) {
		return p.out, nil
	}
	for i, s := range j.segments {
		p.last = end
		if i+1 < len(j.segments) {
			p.last = min(end, j.segments[i+1].first-1)
		}
		if p.next > p.last || p.full() {
			continue
		}
		if err := j.page(ctx, s, &p); err != nil {
			return nil, fmt.Errorf("read journal after %s: %w", p.next-1, err)
		}
	}
	return p.out, nil
}

// errFull ends the reading of a page.
var errFull = errors.New("the page is full")

// page reads what a segment has of a page.
func (j *Journal) page(ctx context.Context, s *segment, p *pageReader) error {
	err := each(ctx, s.read, `SELECT `+entryColumns+` FROM events WHERE position >= ? ORDER BY position LIMIT ?`, []any{int64(p.next), p.limit - len(p.out)}, func(rows *sql.Rows) error {
		e, err := j.scan(rows)
		if err == nil && p.add(e) {
			err = errFull
		}
		return err
	})
	switch {
	case errors.Is(err, errFull):
		return nil
	case damagedFile(err):
		return j.salvage(ctx, s, p)
	case err == nil:
		p.missing(p.last)
	}
	return err
}

// pageReader gathers entries and notices those that are not there.
type pageReader struct {
	next, last catalog.Position
	limit      int
	bytes      int
	out        []catalog.Entry
}

func (p *pageReader) full() bool { return len(p.out) >= p.limit || p.bytes >= maxPageBytes }

// add reports whether the page is full with the entry.
func (p *pageReader) add(e catalog.Entry) (full bool) {
	switch {
	case e.Position < p.next || p.full():
		return p.full()
	case e.Position > p.last: // not a position that was given: its number is damaged
		return false
	case e.Position > p.next:
		p.missing(e.Position - 1)
	}
	if !p.full() {
		p.out = append(p.out, e)
		p.bytes += len(e.Body)
		p.next = e.Position + 1
	}
	return p.full()
}

// missing says that nothing is there from next to last.
func (p *pageReader) missing(last catalog.Position) {
	if last < p.next {
		return
	}
	why := fmt.Sprintf("entry %s is missing", last)
	if p.next < last {
		why = fmt.Sprintf("entries %s to %s are missing", p.next, last)
	}
	p.out = append(p.out, damaged(last, why))
	p.next = last + 1
}

// salvage goes on behind what a page could read, position by position: a
// damaged page of the file hides only the entries on it.
func (j *Journal) salvage(ctx context.Context, s *segment, p *pageReader) error {
	for !p.full() && p.next <= p.last {
		found := false
		err := each(ctx, s.read, `SELECT `+entryColumns+` FROM events WHERE position = ?`, []any{int64(p.next)}, func(rows *sql.Rows) error {
			e, err := j.scan(rows)
			if err == nil && e.Position == p.next {
				found = true
				p.add(e)
			}
			return err
		})
		switch {
		case err != nil && !damagedFile(err):
			return err
		case err != nil || !found:
			p.out = append(p.out, damaged(p.next, "the file is damaged where the entry lies"))
			p.next++
		}
	}
	return nil
}

func damaged(pos catalog.Position, why string) catalog.Entry {
	return catalog.Entry{Position: pos, Kind: catalog.EntryEvent, Flags: []catalog.Flag{{Code: catalog.FlagDamaged, Message: why}}}
}

// Operators returns at most limit statements of people behind pos, in order.
func (j *Journal) Operators(ctx context.Context, pos catalog.Position, limit int) ([]catalog.Entry, error) {
	j.files.RLock()
	defer j.files.RUnlock()
	var out []catalog.Entry
	for i, s := range j.segments {
		if i+1 < len(j.segments) && j.segments[i+1].first <= pos+1 {
			continue
		}
		query := `SELECT ` + entryColumns + ` FROM events WHERE kind = 2 AND position > ? ORDER BY position LIMIT ?`
		err := each(ctx, s.read, query, []any{int64(pos), limit - len(out)}, func(rows *sql.Rows) error {
			e, err := j.scan(rows)
			if err == nil {
				out = append(out, e)
			}
			return err
		})
		if damagedFile(err) {
			return j.readableOperators(ctx, pos, limit)
		}
		if err != nil {
			return nil, fmt.Errorf("read journal after %s: %w", pos, err)
		}
		if len(out) >= limit {
			break
		}
	}
	return out, nil
}

// readableOperators reads everything, because the index of statements cannot
// be trusted.
func (j *Journal) readableOperators(ctx context.Context, pos catalog.Position, limit int) ([]catalog.Entry, error) {
	var out []catalog.Entry
	for len(out) < limit {
		page, err := j.after(ctx, pos, maxGroup)
		if err != nil || len(page) == 0 {
			return out, err
		}
		for _, e := range page {
			if e.Kind == catalog.EntryOperator && len(out) < limit {
				out = append(out, e)
			}
			pos = e.Position
		}
	}
	return out, nil
}

// errDamagedRow: a column holds what weir never writes there.
var errDamagedRow = errors.New("a row is not what was written")

// scan reads one row. What its checksum contradicts is damaged, and no error.
func (j *Journal) scan(rows *sql.Rows) (catalog.Entry, error) {
	var rec catalog.Entry
	var pos, at int64
	var flags, body sql.RawBytes
	var sum sql.NullInt64 // entries of an earlier weir have none
	if err := rows.Scan(&pos, &rec.Kind, &at, &flags, &body, &sum); err != nil {
		return rec, fmt.Errorf("%w: %w", errDamagedRow, err)
	}
	if sum.Valid && sum.Int64 != checksum(pos, rec.Kind, at, flags, body) {
		return damaged(catalog.Position(pos), "the entry is not what was written: its checksum differs"), nil
	}
	rec.Position, rec.ReceivedAt = catalog.Position(pos), time.Unix(0, at).UTC()
	if len(flags) > 0 {
		if json.Unmarshal(flags, &rec.Flags) != nil {
			return damaged(rec.Position, "the flags of the entry are not what was written"), nil
		}
	}
	var err error
	if rec.Body, err = j.dec.DecodeAll(body, nil); err != nil {
		return damaged(rec.Position, "the body of the entry is not what was written"), nil
	}
	return rec, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum covers everything that an entry holds (CRC-32C).
func checksum(pos int64, kind catalog.EntryKind, at int64, flags, body []byte) int64 {
	head := make([]byte, 0, 25)
	head = binary.BigEndian.AppendUint64(head, uint64(pos))
	head = append(head, byte(kind))
	head = binary.BigEndian.AppendUint64(head, uint64(at))
	head = binary.BigEndian.AppendUint64(head, uint64(len(flags)))
	sum := crc32.Update(crc32.Checksum(head, castagnoli), castagnoli, flags)
	return int64(crc32.Update(sum, castagnoli, body))
}
