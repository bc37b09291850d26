package catalog

import (
	"regexp"
	"strings"
)

// Normalise gives the canonical form of a dataset name by the built-in rules,
// and the rule that made it. See Naming.Normalise.
func Normalise(n Name) (Name, string) { return defaultNaming.Normalise(n) }

// Normalise gives the canonical form of a dataset name and the rule that made
// it. The form of a name that is canonical, or of a scheme without a rule, is
// the name itself; it is never normalised further. Job names have none. The
// canonical form is what names are compared by; what is shown keeps its case.
// That of a partition is its dataset's.
func (g *Naming) Normalise(n Name) (Name, string) {
	if n.Type != TypeDataset {
		return n, ""
	}
	rule := ""
	for range maxSpellings {
		base, part := g.Partition(n)
		out, by := g.spell(base)
		if to, ok := g.mounted(out); ok {
			out, by = to, "mount"
		} else if part != "" || base != n {
			by = "partition"
		}
		if rule == "" || out != n {
			rule = by
		}
		if out == n {
			break
		}
		n = out
	}
	return n, rule
}

// maxSpellings bounds how often a name is spelled again: a mount may lead to
// another store, whose name may end in a partition.
const maxSpellings = 8

// spell brings a name to one spelling: by its store's rule, the operator's
// namespaces, and the default database and schema of short names.
func (g *Naming) spell(n Name) (Name, string) {
	r, authority := ruleOf(n.Namespace)
	ns, rule := n.Namespace, ""
	if r != nil {
		ns, rule = r.spellNamespace(g, authority), r.rule
	}
	if to, ok := g.namespaces[ns]; ok {
		ns, rule = to, "namespaces"
		r, _ = ruleOf(to)
	}
	if r == nil {
		return Name{n.Type, ns, n.Name}, rule
	}
	return Name{n.Type, ns, g.complete(ns, r, r.spellName(n.Name))}, rule
}

// schemeless is how Trino's own plugin names its namespace (trinodb/trino#25728).
var schemeless = regexp.MustCompile(`^trino[a-z0-9.-]*:[0-9]+$`)

// ruleOf finds the rule of a namespace, and the namespace without its scheme.
func ruleOf(ns string) (*nameRule, string) {
	if scheme, rest, ok := strings.Cut(ns, "://"); ok {
		scheme = strings.TrimPrefix(strings.ToLower(scheme), "jdbc:")
		scheme, _, _ = strings.Cut(scheme, "+") // postgresql+psycopg2
		return rulesByScheme[scheme], rest
	}
	lower := strings.ToLower(ns)
	if strings.HasPrefix(lower, "arn:aws") && strings.HasPrefix(afterColon(lower), "glue:") {
		return rulesByScheme["arn:aws:glue"], ns
	}
	if r := rulesByScheme[strings.TrimRight(lower, ":")]; r != nil && (r.bare || r.kind == storeMemory) {
		return r, ""
	}
	if schemeless.MatchString(lower) {
		return rulesByScheme["trino"], ns
	}
	return nil, ""
}

// afterColon is what follows "arn:PARTITION:"; AWS has several partitions.
func afterColon(s string) string {
	parts := strings.SplitN(s, ":", 3)
	if len(parts) < 3 {
		return ""
	}
	return parts[2]
}

func (r *nameRule) spellNamespace(g *Naming, authority string) string {
	scheme := r.schemes[0]
	if r.rule == "glue" { // an ARN has no authority: it is all of the namespace
		return strings.ToLower(authority)
	}
	if r.verbatim {
		if r.kind == storePath {
			authority = strings.TrimRight(authority, "/")
		}
		return scheme + "://" + authority
	}
	authority = strings.TrimRight(strings.ToLower(authority), "/")
	if authority == "" && r.bare {
		return scheme
	}
	return scheme + "://" + r.spellAuthority(g, authority)
}

// spellAuthority brings host, port and what follows them to one form. Of a
// list of servers, which are one cluster, the least stands for all.
func (r *nameRule) spellAuthority(g *Naming, authority string) string {
	hosts, tail := authority, ""
	if i := strings.IndexAny(authority, `/\;?`); i >= 0 {
		hosts, tail = authority[:i], r.spellTail(authority[i:])
	}
	hosts = hosts[strings.LastIndexByte(hosts, '@')+1:] // nobody's login is part of a name
	if !r.list {
		return r.spellHost(g, hosts, tail) + tail
	}
	least := ""
	for _, h := range strings.Split(hosts, ",") {
		if h = r.spellHost(g, h, tail); h != "" && (least == "" || h < least) {
			least = h
		}
	}
	return least + tail
}

// spellTail: a named instance of SQL Server is part of the server's name, the
// other properties of a JDBC URL are not.
func (r *nameRule) spellTail(tail string) string {
	if r.rule != "mssql" {
		return strings.TrimRight(tail, "/")
	}
	tail = strings.ReplaceAll(tail, `\`, "/")
	path, properties, _ := strings.Cut(tail, ";")
	if path = strings.Trim(path, "/"); path != "" {
		return "/" + path
	}
	for _, p := range strings.Split(properties, ";") {
		if v, ok := strings.CutPrefix(p, "instancename="); ok && strings.Trim(v, "/") != "" {
			return "/" + strings.Trim(v, "/")
		}
	}
	return ""
}

// maxHostSteps bounds how often one host may be replaced; the configuration is
// checked for circles, a rule that rewrites hosts could still make one.
const maxHostSteps = 8

func (r *nameRule) spellHost(g *Naming, hostport, tail string) string {
	host, port := splitPort(hostport)
	for range maxHostSteps {
		if port == "443" && r.https {
			port = ""
		}
		if r.host != nil {
			host = r.host(host)
		}
		if port == "" && (r.rule != "mssql" || tail == "") { // a named instance has a port of its own
			port = g.portOf(r)
		}
		to, ok := g.hostOf(host, port)
		if !ok {
			break
		}
		if host = to.host; to.port != "" {
			port = to.port
		}
	}
	if port == "" || host == "" {
		return host
	}
	return host + ":" + port
}

// splitPort parts "host:port"; a port that is no number ("None") is none.
func splitPort(s string) (host, port string) {
	host = s
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") && isDigits(s[i+1:]) {
		host, port = s[:i], s[i+1:]
	}
	for {
		t := strings.TrimSuffix(strings.TrimRight(host, ":"), ":none")
		if t == host {
			return host, port
		}
		host = t
	}
}

func isDigits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

func (r *nameRule) spellName(name string) string {
	if r.kind == storePath {
		return r.spellPath(name)
	}
	switch r.fold {
	case foldLower:
		name = strings.ToLower(name)
	case foldUpper:
		name = strings.ToUpper(name)
	}
	if r.local != nil {
		return r.local(name)
	}
	return name
}

func (r *nameRule) spellPath(name string) string {
	t := strings.Trim(name, "/")
	switch {
	case name == "":
		return name
	case t == "" || r.rooted && name[0] == '/':
		return "/" + t
	}
	return t
}

// snowflakeHost: the clients put the region and cloud of the very first
// accounts behind a bare locator, and the cloud behind locator and region
// (openlineage/client/python .../snowflake). An organisation's account has a
// hyphen, and no region.
func snowflakeHost(h string) string {
	h = strings.TrimSuffix(h, ".snowflakecomputing.com")
	h = strings.TrimSuffix(h, ".privatelink")
	locator, region, dotted := strings.Cut(h, ".")
	switch {
	case h == "", strings.ContainsAny(locator, "-_"):
		return h
	case !dotted:
		return h + ".us-west-1.aws"
	case !strings.Contains(region, "."):
		return h + ".aws"
	}
	return h
}

// redshiftHost: "cluster.id.region.redshift.amazonaws.com" is cluster.region,
// as Airflow's hook writes it; a serverless workgroup likewise.
func redshiftHost(h string) string {
	parts := strings.Split(h, ".")
	if strings.HasSuffix(h, ".amazonaws.com") && len(parts) == 6 && strings.HasPrefix(parts[3], "redshift") {
		return parts[0] + "." + parts[2]
	}
	return h
}

// mssqlHost: "." and "(local)" are this machine.
func mssqlHost(h string) string {
	if h == "." || h == "(local)" {
		return "localhost"
	}
	return h
}

var quotes = strings.NewReplacer(`"`, "", "`", "")

func unquote(name string) string { return quotes.Replace(name) }

// bigqueryTable: legacy SQL writes "project:dataset.table"; a project under a
// domain ("example.com:project") keeps its colon.
func bigqueryTable(name string) string {
	name = unquote(name)
	project, rest, ok := strings.Cut(name, ":")
	if ok && !strings.Contains(project, ".") && strings.Contains(rest, ".") {
		return project + "." + rest
	}
	return name
}

// glueTable: dbt-glue writes "database.table" where the specification has
// "table/database/table".
func glueTable(name string) string {
	parts := strings.Split(name, ".")
	if strings.HasPrefix(name, "table/") || len(parts) < 2 || len(parts) > 3 || strings.Contains(name, "/") {
		return name
	}
	return "table/" + strings.Join(parts[len(parts)-2:], "/")
}

var pubsubPath = regexp.MustCompile(`^projects/([^/]+)/(topic|subscription)s/([^/]+)$`)

func pubsubTopic(name string) string { return pubsubPath.ReplaceAllString(name, "$2:$1:$3") }

// TableLike reports whether the name is one of a table in a store that weir
// knows, rather than a path, a topic or a throw-away.
func TableLike(n Name) bool {
	r, _ := ruleOf(n.Namespace)
	return n.Type == TypeDataset && r != nil && r.kind == storeTable
}

// ShortTable reports whether a table's name lacks parts that its store has.
func ShortTable(n Name) bool {
	r, _ := ruleOf(n.Namespace)
	return n.Type == TypeDataset && r != nil && strings.Count(n.Name, ".")+1 < r.parts
}

// Ephemeral reports whether the name is a throw-away: never merged on purpose,
// last choice as a preferred name, and hidden from lists unless asked for.
func Ephemeral(n Name) bool {
	r, _ := ruleOf(n.Namespace)
	return r != nil && r.kind == storeMemory || strings.HasPrefix(n.Name, "/tmp/") || strings.Contains(n.Name, ".spark-bigquery-")
}
