package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// partitionPattern is one form of dated folders: segments, last first matched.
type partitionPattern struct {
	re       *regexp.Regexp
	segments int
}

// The dated folders that are known without configuration: dates, months, dates
// over several folders (with hour and minute), and instants. They cover the
// classes of OpenLineage's own trimmer (client/java .../dataset/partition):
// DateTrimmer, YearMonthTrimmer, MultiDirDateTrimmer; KeyValueTrimmer is
// keyValue.
var datedFolders = compilePatterns(
	"yyyy/MM/dd/HH/mm", "yyyy/MM/dd/HH", "yyyy/MM/dd", "yyyy/MM",
	"yyyy-MM-dd", "dd.MM.yyyy", "yyyyMMdd", "yyyyMM", "yyyy-MM",
	"yyyy-MM-ddTHH", "yyyy-MM-dd-HH", "yyyyMMddHH", "yyyyMMddTHHmmss", "yyyyMMddHHmmss", "yyyyMMddTHHmm", "yyyyMMddHHmm",
	"yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH-mm-ss", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm",
)

// epochMillis is an instant as Spark jobs put behind a path: 2001 to 2096.
var epochMillis = regexp.MustCompile(`^[1-3][0-9]{12}$`)

// dataFile is a file that a partition holds, not a dataset of its own.
var dataFile = regexp.MustCompile(`^(part-[^/]*|[^/]+\.(parquet|orc|avro|csv|json|jsonl|ndjson|txt|gz|snappy|zst|bz2))$`)

func compilePatterns(forms ...string) []partitionPattern {
	out := make([]partitionPattern, len(forms))
	for i, f := range forms {
		p, err := compilePattern(f)
		if err != nil {
			panic(err) // a constant above
		}
		out[i] = p
	}
	return out
}

var patternWords = strings.NewReplacer(
	"yyyy", `(?:19|20|21)[0-9]{2}`, "MM", `(?:0[1-9]|1[0-2])`, "dd", `(?:0[1-9]|[12][0-9]|3[01])`,
	"HH", `(?:[01][0-9]|2[0-3])`, "mm", `[0-5][0-9]`, "ss", `[0-5][0-9](?:[.,][0-9]{1,9})?`)

func compilePattern(form string) (partitionPattern, error) {
	form = strings.Trim(form, "/")
	if !strings.Contains(form, "yyyy") {
		return partitionPattern{}, fmt.Errorf("%q holds no yyyy", form)
	}
	re, err := regexp.Compile("^" + patternWords.Replace(regexp.QuoteMeta(form)) + "Z?$")
	return partitionPattern{re, strings.Count(form, "/") + 1}, err
}

func (g *Naming) addPartitions(c NamingConfig) *NamingError {
	for _, form := range c.Partitions {
		p, err := compilePattern(form)
		if err != nil {
			return &NamingError{"partitions", "", err.Error(), "write a form such as yyyy-MM-dd or yyyy/MM/dd/HH"}
		}
		g.partitions = append(g.partitions, p)
	}
	slices.SortStableFunc(g.partitions, func(a, b partitionPattern) int { return b.segments - a.segments })
	return nil
}

// Partition parts the name of a path into the dataset and the partition that
// its last folders name: key=value, dates, instants, globs. The dataset of a
// name without such folders is the name itself. A glob is dropped: it names
// more than one partition. BigQuery's decorator ("table$20250901") likewise.
func (g *Naming) Partition(n Name) (Name, string) {
	r, _ := ruleOf(n.Namespace)
	switch {
	case n.Type != TypeDataset || r == nil:
		return n, ""
	case r.rule == "bigquery":
		return decorated(n)
	case r.kind != storePath:
		return n, ""
	}
	path := strings.TrimRight(n.Name, "/")
	all := strings.Split(path, "/")
	keep := g.trim(all)
	if keep == len(all) {
		return n, ""
	}
	parts := slices.DeleteFunc(slices.Clone(all[keep:]), isGlob)
	if len(parts) > 1 && dataFile.MatchString(parts[len(parts)-1]) {
		parts = parts[:len(parts)-1]
	}
	n.Name = strings.TrimRight(strings.Join(all[:keep], "/"), "/")
	return n, strings.Join(parts, "/")
}

// trim gives how many of the segments name the dataset.
func (g *Naming) trim(all []string) int {
	keep := g.trimFolders(all)
	if last := len(all) - 1; keep == len(all) && last > 0 && dataFile.MatchString(all[last]) && !isGlob(all[last]) {
		if inner := g.trimFolders(all[:last]); inner < last { // a file in a partition
			return inner
		}
	}
	return keep
}

func (g *Naming) trimFolders(all []string) int {
	keep := len(all)
	for {
		n := g.lastFolders(all[:keep])
		if n == 0 || !named(all[:keep-n]) {
			return keep
		}
		keep -= n
	}
}

// named: something is left that can be a dataset's name.
func named(segments []string) bool {
	return slices.ContainsFunc(segments, func(s string) bool { return s != "" })
}

// lastFolders gives how many of the last segments name a partition.
func (g *Naming) lastFolders(segments []string) int {
	if len(segments) == 0 {
		return 0
	}
	last := segments[len(segments)-1]
	if last == "" || isGlob(last) || keyValue(last) {
		return 1
	}
	if n := datedBy(g.partitions, segments); n > 0 {
		return n
	}
	if last[0] < '0' || last[0] > '9' {
		return 0
	}
	if n := datedBy(datedFolders, segments); n > 0 {
		return n
	}
	if epochMillis.MatchString(last) {
		return 1
	}
	return 0
}

func datedBy(list []partitionPattern, segments []string) int {
	for _, p := range list {
		if p.segments <= len(segments) && p.re.MatchString(strings.Join(segments[len(segments)-p.segments:], "/")) {
			return p.segments
		}
	}
	return 0
}

func isGlob(s string) bool {
	return strings.ContainsAny(s, "*?") || strings.Contains(s, "{") && strings.Contains(s, "}")
}

func keyValue(s string) bool {
	k, v, ok := strings.Cut(s, "=")
	return ok && k != "" && !strings.Contains(v, "=")
}

func decorated(n Name) (Name, string) {
	table, day, ok := strings.Cut(n.Name, "$")
	if !ok || table == "" || len(day) < 4 || !isDigits(day) {
		return n, ""
	}
	if y, err := strconv.Atoi(day[:4]); err != nil || y < 1900 || y > 2199 {
		return n, ""
	}
	n.Name = table
	return n, day
}

// Settle gives the facts under the names that they are filed under: names that
// only mean something at their source are made whole, and names of partitions
// become the name of their dataset with the partition beside it. It touches
// every place of facts where a producer names a dataset, and is pure: f stays
// as it is. What a person states is left as stated (OperatorFact.ID).
func (g *Naming) Settle(f *Facts) *Facts {
	s := settler{g: g, out: *f}
	if f.Job != nil {
		s.source = f.Job.Name.Namespace
	}
	s.out.Datasets = s.datasets(f.Datasets)
	s.out.Inputs, s.out.Outputs = s.io(f.Inputs), s.io(f.Outputs)
	s.out.ColumnsStated = s.names(f.ColumnsStated)
	s.out.Columns, s.out.Flows = s.columns(f.Columns), s.columns(f.Flows)
	s.out.Flows = slices.DeleteFunc(s.out.Flows, func(c ColumnFact) bool { // between partitions of one dataset
		return c.SourceField == "" && c.TargetField == "" && c.Source == c.Target
	})
	s.out.Lifecycles = mapped(f.Lifecycles, func(l *LifecycleFact) { l.Dataset, l.Previous = s.name(l.Dataset), s.optional(l.Previous) })
	s.out.Aliases = mapped(f.Aliases, func(a *AliasFact) { a.From, a.To = s.name(a.From), s.name(a.To) })
	s.out.Aliases = slices.DeleteFunc(s.out.Aliases, func(a AliasFact) bool { return a.From == a.To })
	s.out.Checks = mapped(f.Checks, func(c *CheckFact) { c.Dataset = s.name(c.Dataset) })
	s.out.Looks = mapped(f.Looks, func(l *LookFact) { l.Dataset = s.name(l.Dataset) })
	return &s.out
}

type settler struct {
	g      *Naming
	source string
	out    Facts
}

func (s *settler) place(n Name) (Name, string) { return s.g.Partition(s.g.meant(s.source, n)) }

func (s *settler) name(n Name) Name {
	out, _ := s.place(n)
	return out
}

func (s *settler) names(list []Name) []Name { return mapped(list, func(n *Name) { *n = s.name(*n) }) }

// datasets unites what the partitions of one dataset state: the facets of one
// event hold at one time, and the greater bytes of a key win as everywhere.
func (s *settler) datasets(list []AssetFact) []AssetFact {
	return mapped(list, func(a *AssetFact) { a.Name = s.name(a.Name) })
}

func (s *settler) columns(list []ColumnFact) []ColumnFact {
	return mapped(list, func(c *ColumnFact) { c.Source, c.Target = s.name(c.Source), s.name(c.Target) })
}

func (s *settler) io(list []IOFact) []IOFact {
	return mapped(list, func(io *IOFact) {
		var p string
		if io.Dataset, p = s.place(io.Dataset); io.Partition == "" {
			io.Partition = p
		}
		io.Previous = s.optional(io.Previous)
	})
}

func (s *settler) optional(n *Name) *Name {
	if n == nil {
		return nil
	}
	out := s.name(*n)
	return &out
}

// mapped changes a copy of each value.
func mapped[T any](list []T, change func(*T)) []T {
	if list == nil {
		return nil
	}
	out := slices.Clone(list)
	for i := range out {
		change(&out[i])
	}
	return out
}
