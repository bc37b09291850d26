package ingest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weirhq/weir/ingest/openlineage"
)

// benchEvent is a run event of about size bytes: datasets with schemas and
// column lineage, as Spark and dbt send them.
func benchEvent(size int) []byte {
	var b strings.Builder
	b.WriteString(`{"eventTime":"2026-03-01T00:00:00Z","eventType":"COMPLETE","producer":"https://p","schemaURL":"https://s",` +
		`"run":{"runId":"0196b1a5-0000-7000-8000-000000000001","facets":{"parent":{"run":{"runId":"0196b1a5-0000-7000-8000-000000000002"},"job":{"namespace":"a","name":"b"}}}},` +
		`"job":{"namespace":"prod","name":"orders.load","facets":{"sql":{"query":"select 1"}}},"outputs":[`)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"namespace":"postgres://db:5432","name":"shop.public.t%d","facets":{"schema":{"fields":[`, i)
		for c := range 20 {
			fmt.Fprintf(&b, `{"name":"column_%d","type":"VARCHAR"},`, c)
		}
		b.WriteString(`{"name":"last"}]},"columnLineage":{"fields":{`)
		for c := range 10 {
			fmt.Fprintf(&b, `"column_%d":{"inputFields":[{"namespace":"postgres://db:5432","name":"shop.raw.t","field":"c%d"}]},`, c, c)
		}
		b.WriteString(`"last":{"inputFields":[]}}}}}`)
	}
	b.WriteString(`]}`)
	return []byte(b.String())
}

// BenchmarkInterpret prints events a second and core, of decoded events: fresh
// as the first time, known as by a projector that met the facets before.
func BenchmarkInterpret(b *testing.B) {
	for _, size := range []int{4_000, 200_000} {
		ev, err := openlineage.Decode(benchEvent(size))
		if err != nil {
			b.Fatal(err)
		}
		for name, memo := range map[string]*memo{"fresh": nil, "known": newMemo()} {
			b.Run(fmt.Sprintf("%dkB/%s", size/1000, name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, ok := interpret(ev, reading{memo: memo}); !ok {
						b.Fatal("no facts")
					}
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			})
		}
	}
}
