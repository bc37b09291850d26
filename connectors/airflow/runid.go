package airflow

import (
	"crypto/sha1" //nolint:gosec // the formula of the openlineage client, not a security use
	"encoding/binary"
	"strings"
	"time"

	"github.com/google/uuid"
)

// RunID computes the OpenLineage run id of a DAG run as the provider does
// (openlineage client uuid.py generate_static_uuid, provider adapter.py
// build_dag_run_id): 48 bits of milliseconds, then the first 76 bits of
// SHA-1(isoformat(instant) + "namespace.dag.clear_number").
func RunID(namespace, dagID string, instant time.Time, clearNumber string) string {
	data := isoformat(instant) + strings.Join([]string{namespace, dagID, clearNumber}, ".")
	digest := sha1.Sum([]byte(data)) //nolint:gosec // see above
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(instant.UnixMilli())<<16)
	// 76 bits of the digest, right-aligned in the last 80.
	id[6] = digest[0] >> 4
	for i := range 9 {
		id[7+i] = digest[i]<<4 | digest[i+1]>>4
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

// isoformat is Python's datetime.isoformat of a UTC time: microseconds, or no
// fraction at all when they are zero.
func isoformat(t time.Time) string {
	t = t.UTC()
	if t.Nanosecond()/1000 == 0 {
		return t.Format("2006-01-02T15:04:05+00:00")
	}
	return t.Format("2006-01-02T15:04:05.000000+00:00")
}
