package house

import (
	"strings"
	"testing"
)

// A ban says what a room must not import, and why. Tests may.
type ban struct {
	room   string // folder; "/..." takes what is below it as well
	except string // folders below room that may, separated by spaces
	target string // import: a folder of ours, or "host/module"; "/..." takes what is below it
	why    string
}

// The floors: cmd -> server -> {ingest, policies} -> {graph, state, connectors} -> catalog.
var bans = []ban{
	{"catalog/...", "", "./...", "the words stand on nothing: every room speaks them"},

	{"graph", "", "ingest/...", "the asset graph does not know how facts arrive"},
	{"graph/...", "", "policies/...", "the asset graph does not know what should be true of it"},
	{"graph/...", "", "connectors/...", "the asset graph starts nothing"},
	{"graph/...", "", "server/...", "arrows point down"},
	{"graph/...", "", "state/...", "a store follows the journal by rows handed to it, never by reading another store"},
	{"graph/embedded", "", "graph/neo4j", "two backends that share code pass their suite by accident"},
	{"graph/neo4j", "", "graph/embedded", "two backends that share code pass their suite by accident"},
	{"graph/search", "", "graph/embedded", "one index serves both backends"},
	{"graph/search", "", "graph/neo4j", "one index serves both backends"},
	{"graph/embedded", "", "graph/search", "a store keeps the graph and searches nothing"},
	{"graph/neo4j", "", "graph/search", "a store keeps the graph and searches nothing"},

	{"state/...", "", "graph/...", "the relational state holds facts; the graph is derived from them"},
	{"state/...", "", "ingest/...", "interfaces are the reader's: ingest asks, state answers in catalog's words"},
	{"state/...", "", "server/...", "arrows point down"},

	{"ingest/openlineage", "", "graph/...", "the wire format is a leaf that connectors share"},
	{"ingest/openlineage", "", "state/...", "the wire format is a leaf that connectors share"},
	{"ingest/openlineage", "", "ingest", "the wire format is a leaf that connectors share"},
	{"ingest/...", "", "policies/...", "what arrives is kept whatever anybody wants to do about it"},
	{"ingest/...", "", "connectors/...", "connectors come in by the same door as everybody"},
	{"ingest/...", "", "server/...", "arrows point down"},
	{"ingest/...", "", "graph/embedded", "the projector writes to any store"},
	{"ingest/...", "", "graph/neo4j", "the projector writes to any store"},
	{"ingest/...", "", "state/...", "ingest declares the log and history it needs"},

	{"policies/...", "", "ingest/...", "decisions read state; how it arrived is no argument"},
	{"policies/...", "", "server/...", "arrows point down"},
	{"policies/...", "", "graph/embedded", "decisions are the same on any store"},
	{"policies/...", "", "graph/neo4j", "decisions are the same on any store"},
	{"policies/...", "", "state/...", "policies declare the ledger and history they need"},
	{"policies/...", "", "connectors/airflow/...", "a rule for one tool would be a policy nobody can read"},
	{"policies/...", "", "connectors/sagemaker/...", "a rule for one tool would be a policy nobody can read"},
	{"policies/...", "", "connectors/dbt/...", "a rule for one tool would be a policy nobody can read"},

	{"connectors/...", "", "policies/...", "a connector is told what to do, it decides nothing"},
	{"connectors/...", "", "graph/...", "a connector knows its tool alone"},
	{"connectors/...", "", "state/...", "a connector stores nothing: its cursor is kept for it"},
	{"connectors/...", "", "server/...", "arrows point down"},
	{"connectors/...", "", "ingest", "events of a connector are wire bytes: ingest/openlineage is enough"},
	{"connectors/airflow", "", "connectors/sagemaker/...", "one tool each"},
	{"connectors/airflow", "", "connectors/dbt/...", "one tool each"},
	{"connectors/sagemaker", "", "connectors/airflow/...", "one tool each"},
	{"connectors/sagemaker", "", "connectors/dbt/...", "one tool each"},
	{"connectors/dbt", "", "connectors/airflow/...", "one tool each"},
	{"connectors/dbt", "", "connectors/sagemaker/...", "one tool each"},

	{"server/...", "", "graph/embedded", "the server reads through graph.Store"},
	{"server/...", "", "graph/neo4j", "the server reads through graph.Store"},
	{"server/...", "", "state/...", "the server is handed its readers"},
	{"server/...", "", "ingest/...", "the receiver is handed in as a handler"},
	{"server/...", "", "connectors/airflow/...", "actions go through policies, never around them"},
	{"server/...", "", "connectors/sagemaker/...", "actions go through policies, never around them"},
	{"server/...", "", "connectors/dbt/...", "actions go through policies, never around them"},
	{"ui/...", "", "./...", "embedded files and one handler"},

	{"./...", "cmd/weir", "cmd/...", "the composition root is imported by nobody"},

	{"./...", "graph/neo4j bench cmd/weir", "github.com/neo4j/neo4j-go-driver/...", "driver types stay in the backend"},
	{"./...", "connectors/sagemaker connectors/connectortest bench", "github.com/aws/...", "one tool's client stays in its room"},
	{"./...", "server cmd/weir", "github.com/99designs/gqlgen/...", "GraphQL is a face, not the domain"},
	{"./...", "internal/yamlfile policies/propose", "github.com/goccy/go-yaml", "the library panics on some texts: YAML is read by internal/yamlfile"},
	{"./...", "internal/yamlfile", "github.com/goccy/go-yaml/parser", "the library panics on some texts: YAML is read by internal/yamlfile"},
	{"./...", "cmd/weir", "github.com/spf13/...", "flags end at the composition root"},
	{"./...", "state graph/embedded graph/search internal bench cmd/weir", "modernc.org/sqlite/...", "SQL stays behind the stores"},
}

func TestImportsPointDown(t *testing.T) {
	for _, b := range bans {
		t.Run(strings.ReplaceAll(b.room+" "+b.target, "/", "_"), func(t *testing.T) {
			for _, p := range tree(t) {
				if !matches(b.room, p.dir) || excepted(b.except, p.dir) {
					continue
				}
				for path, files := range p.imports {
					if b.hits(p.dir, path) {
						t.Errorf("%s imports %s (%s): %s", p.dir, path, strings.Join(files, ", "), b.why)
					}
				}
			}
		})
	}
}

// hits says whether an import of the package in dir is what the ban means. A
// room may always import its own folders below.
func (b ban) hits(dir, path string) bool {
	own, isOwn := strings.CutPrefix(path, module+"/")
	switch {
	case b.target == "./..." && !isOwn:
		return false
	case !isOwn:
		return matches(b.target, path)
	case b.target == "./...":
		return !matches(strings.TrimSuffix(b.room, "/...")+"/...", own)
	}
	return matches(b.target, own) && own != dir
}

// matches compares a pattern with a folder: "x" is x alone, "x/..." x and below.
func matches(pattern, dir string) bool {
	base, below := strings.CutSuffix(pattern, "/...")
	return base == "." || dir == base || below && strings.HasPrefix(dir, base+"/")
}

func excepted(list, dir string) bool {
	for e := range strings.FieldsSeq(list) {
		if matches(e+"/...", dir) {
			return true
		}
	}
	return false
}

func TestMatches(t *testing.T) {
	for _, tc := range []struct {
		pattern, dir string
		want         bool
	}{
		{"graph", "graph", true}, {"graph", "graph/neo4j", false}, {"graph/...", "graph/neo4j", true},
		{"graph/...", "graphics", false}, {"./...", "anything/at/all", true},
	} {
		if got := matches(tc.pattern, tc.dir); got != tc.want {
			t.Errorf("matches(%q, %q) = %v, want %v", tc.pattern, tc.dir, got, tc.want)
		}
	}
}

func TestBanHits(t *testing.T) {
	words := ban{room: "catalog/...", target: "./..."}
	if !words.hits("catalog", module+"/graph") || words.hits("catalog", module+"/catalog/x") || words.hits("catalog", "strings") {
		t.Error("catalog's ban must hit other rooms, and neither itself nor the standard library")
	}
}
