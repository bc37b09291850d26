package load

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// Company is a made-up estate: jobs that each read a source of their own and
// what earlier jobs wrote, and write one table. Its events are valid
// OpenLineage of about 4 kB, and each is a function of Company and index alone.
type Company struct {
	Seed uint64
	// Assets is how many jobs and datasets there are, three to a job.
	Assets int
	// Edges is how many reads and writes there are, at least two to a job.
	Edges int
	// Columns is how many each table has that a job writes; 0 means 20.
	Columns int
	// Since is when run 0 ended; the zero time means 2026-11-01.
	Since time.Time
}

const perJob = 3 // a job, its source, its table

// Jobs is how many jobs the company has.
func (c Company) Jobs() int { return max(1, c.Assets/perJob) }

// reads is how many tables of earlier jobs the job reads, so that all edges
// together are about Edges.
func (c Company) reads(job int) int {
	total := max(0, c.Edges-2*c.Jobs())
	n := total / c.Jobs()
	if job%c.Jobs() < total%c.Jobs() {
		n++
	}
	return min(n, job)
}

// Repeat is event i of a workload that repeats what is known: the jobs take
// turns, each time with a new run.
func (c Company) Repeat(i int) []byte { return c.Event(i%c.Jobs(), i) }

// Growth is event i of a workload of which each event tells of a new job and
// of new datasets, whatever the size of the company.
func (c Company) Growth(i int) []byte { return c.Event(i, i) }

// epoch is when the first run ended in companies that say nothing else.
var epoch = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func (c Company) endOf(run int) time.Time {
	since := c.Since
	if since.IsZero() {
		since = epoch
	}
	return since.Add(time.Duration(run) * time.Second)
}

// Event is the COMPLETE of one run of a job; runs are a second apart.
func (c Company) Event(job, run int) []byte {
	b := make([]byte, 0, 4608)
	at := c.endOf(run).Format("2006-01-02T15:04:05.000Z")
	b = append(b, `{"eventType":"COMPLETE","eventTime":"`...)
	b = append(b, at...)
	b = append(b, `","producer":"`+Producer+`","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent","run":{"runId":"`...)
	b = append(b, c.runID(job, run)...)
	b = append(b, `","facets":{"nominalTime":{`+facetHead+`1-0-1/NominalTimeRunFacet.json","nominalStartTime":"`...)
	b = append(b, at...)
	b = append(b, `"}}},"job":{"namespace":"prod","name":"`...)
	b = append(b, c.job(job)...)
	b = append(b, `","facets":{"jobType":{`+facetHead+`2-0-3/JobTypeJobFacet.json","processingType":"BATCH","integration":"BENCH","jobType":"TASK"}}},"inputs":[`...)
	b = c.inputs(b, job)
	b = append(b, `],"outputs":[`...)
	b = c.dataset(b, Table(job), true)
	return append(b, `]}`...)
}

// Producer is what all events say they are from.
const Producer = "https://github.com/weirhq/weir/bench/load"

const facetHead = `"_producer":"` + Producer + `","_schemaURL":"https://openlineage.io/spec/facets/`

func (c Company) job(job int) string {
	return "team_" + strconv.Itoa(job%97) + ".job_" + strconv.Itoa(job)
}

func source(job int) string {
	return "raw.s" + strconv.Itoa(job%31) + ".source_" + strconv.Itoa(job)
}

// Table is what the job writes.
func Table(job int) string { return "shop.m" + strconv.Itoa(job%31) + ".table_" + strconv.Itoa(job) }

// wide is from how many inputs on the source's columns are left out, so that an
// event stays about as large.
const wide = 8

func (c Company) inputs(b []byte, job int) []byte {
	reads := c.reads(job)
	b = c.dataset(b, source(job), reads < wide)
	r := rand.New(rand.NewPCG(c.Seed, uint64(job)))
	seen := make(map[int]bool, reads)
	for len(seen) < reads {
		up := earlier(r, job)
		if seen[up] {
			up = r.IntN(job) // a popular one again: any other
		}
		if !seen[up] {
			seen[up] = true
			b = c.dataset(append(b, ','), Table(up), false)
		}
	}
	return b
}

// earlier draws a job before this one: some tables are read by many.
func earlier(r *rand.Rand, job int) int {
	if r.IntN(4) == 0 {
		return r.IntN(max(1, job/50))
	}
	return r.IntN(job)
}

func (c Company) dataset(b []byte, name string, columns bool) []byte {
	b = append(b, `{"namespace":"postgres://wh:5432","name":"`...)
	b = append(b, name...)
	b = append(b, '"')
	if columns {
		b = append(b, `,"facets":{"schema":{`+facetHead+`1-1-1/SchemaDatasetFacet.json","fields":[`...)
		for i := range c.columns() {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"name":"column_`...)
			b = strconv.AppendInt(b, int64(i), 10)
			b = append(b, `","type":"VARCHAR","description":"what this column holds"}`...)
		}
		b = append(b, `]}}`...)
	}
	return append(b, '}')
}

func (c Company) columns() int {
	if c.Columns == 0 {
		return 20
	}
	return c.Columns
}

// runID is a UUID that begins with the time of the run, as the clients of
// OpenLineage make them (version 7).
func (c Company) runID(job, run int) string {
	var id [16]byte
	r := rand.NewPCG(c.Seed, uint64(job)<<32|uint64(run))
	binary.BigEndian.PutUint64(id[:8], uint64(c.endOf(run).UnixMilli())<<16|r.Uint64()&0xffff)
	binary.BigEndian.PutUint64(id[8:], r.Uint64())
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
