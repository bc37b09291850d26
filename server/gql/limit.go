package gql

import (
	"context"
	"fmt"
	"runtime"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Limits of one query; zero values mean the defaults.
type Limits struct {
	// Tokens a query may have, fragments it may define, spreads and aliases it
	// may use, aliases of one root field.
	Tokens, Fragments, Spreads, Aliases, RootAliases int
	// Depth of fields; introspection may go deeper.
	Depth, IntrospectionDepth int
	// Cost is how many objects an answer may hold at most.
	Cost int
	// Errors shown in one answer.
	Errors int
	// Large questions that run at once; the others wait their turn. All
	// processors but one by default: that is left to events and small questions.
	Large int
}

func (l Limits) normal() Limits {
	set := func(p *int, def int) {
		if *p == 0 {
			*p = def
		}
	}
	set(&l.Tokens, 1000)
	set(&l.Fragments, 50)
	set(&l.Spreads, 100)
	set(&l.Aliases, 30)
	set(&l.RootAliases, 5)
	set(&l.Depth, 12)
	set(&l.IntrospectionDepth, 16)
	set(&l.Cost, 20_000)
	set(&l.Errors, 10)
	set(&l.Large, max(1, runtime.GOMAXPROCS(0)-1))
	return l
}

// limiter refuses a query by its text before anything runs. It walks each
// fragment once, whatever the number of spreads (gqlgen's own complexity
// extension walks each spread, which a query of 1 kB makes take seconds), and
// multiplies by the sizes of pages.
type limiter struct {
	Limits
	schema *ast.Schema
}

var (
	_ graphql.HandlerExtension        = (*limiter)(nil)
	_ graphql.OperationContextMutator = (*limiter)(nil)
)

// ExtensionName names it for gqlgen.
func (l *limiter) ExtensionName() string { return "Limits" }

// Validate learns the schema.
func (l *limiter) Validate(s graphql.ExecutableSchema) error {
	l.schema = s.Schema()
	return nil
}

// MutateOperationContext refuses or lets pass.
func (l *limiter) MutateOperationContext(_ context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	cost, err := l.check(oc.Doc, oc.Operation, oc.Variables)
	if err != nil {
		return limited(err.Error())
	}
	oc.Stats.SetExtension(priceKey, cost)
	return nil
}

func limited(what string) *gqlerror.Error {
	return &gqlerror.Error{Message: what, Extensions: map[string]any{"code": codeLimited}}
}

// priceKey is where the price of a question is noted for the queue.
const priceKey = "weir.price"

// check is pure: document and variables in, price or refusal out.
func (l *limiter) check(doc *ast.QueryDocument, op *ast.OperationDefinition, vars map[string]any) (int, error) {
	if n := len(doc.Fragments); n > l.Fragments {
		return 0, fmt.Errorf("the query defines %d fragments; at most %d are allowed", n, l.Fragments)
	}
	var c census
	c.selection(op.SelectionSet)
	for _, f := range doc.Fragments {
		c.selection(f.SelectionSet)
	}
	switch {
	case c.spreads > l.Spreads:
		return 0, fmt.Errorf("the query spreads fragments %d times; at most %d are allowed", c.spreads, l.Spreads)
	case c.aliases > l.Aliases:
		return 0, fmt.Errorf("the query uses %d aliases; at most %d are allowed", c.aliases, l.Aliases)
	}
	p := &pricer{limiter: l, vars: vars, known: map[string]price{}}
	if err := p.roots(op); err != nil {
		return 0, err
	}
	total := p.selection(op.SelectionSet, false)
	switch {
	case total.depth > l.Depth:
		return 0, fmt.Errorf("the query is %d fields deep; at most %d are allowed", total.depth, l.Depth)
	case total.meta > l.IntrospectionDepth:
		return 0, fmt.Errorf("the introspection is %d fields deep; at most %d are allowed", total.meta, l.IntrospectionDepth)
	case total.metaCost > introspectionFactor*l.Cost:
		return 0, fmt.Errorf("the introspection costs more than allowed; ask for less at once")
	case total.cost > l.Cost:
		return 0, p.tooDear(op, total.cost)
	}
	return total.cost, nil
}

// introspectionFactor: the schema is in memory and of a known size.
const introspectionFactor = 10

// census counts what is written, without following spreads.
type census struct{ aliases, spreads int }

func (c *census) selection(set ast.SelectionSet) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if s.Alias != "" && s.Alias != s.Name {
				c.aliases++
			}
			c.selection(s.SelectionSet)
		case *ast.InlineFragment:
			c.selection(s.SelectionSet)
		case *ast.FragmentSpread:
			c.spreads++
		}
	}
}

// price of a selection: the depth below it, and the objects it may return;
// introspection is counted apart. Aside is what a page has once, however long.
type price struct{ depth, cost, aside, meta, metaCost int }

func (p price) plus(o price) price {
	return price{max(p.depth, o.depth), capped(p.cost + o.cost), capped(p.aside + o.aside), max(p.meta, o.meta), capped(p.metaCost + o.metaCost)}
}

// under puts a field of n objects, or one that costs as much, above the price.
func (p price) under(n, extra int, leaf, meta bool) price {
	own := n
	if leaf {
		own = 0
	}
	own = capped(own + extra)
	if meta {
		return price{meta: p.meta + 1, metaCost: capped(own + times(n, p.metaCost))}
	}
	return price{depth: p.depth + 1, cost: capped(own + times(n, p.cost) + p.aside), meta: p.meta, metaCost: times(n, p.metaCost)}
}

const ceiling = 1 << 40

func capped(n int) int { return min(n, ceiling) }

func times(a, b int) int {
	if a > 0 && b > ceiling/a {
		return ceiling
	}
	return a * b
}

type pricer struct {
	*limiter
	vars  map[string]any
	known map[string]price
}

// roots counts how often each root field is asked.
func (p *pricer) roots(op *ast.OperationDefinition) error {
	seen := map[string]int{}
	for _, s := range op.SelectionSet {
		f, ok := s.(*ast.Field)
		if !ok {
			continue
		}
		if seen[f.Name]++; seen[f.Name] > p.RootAliases {
			return fmt.Errorf("the query asks %s more than %d times; at most %d are allowed", f.Name, p.RootAliases, p.RootAliases)
		}
	}
	return nil
}

func (p *pricer) selection(set ast.SelectionSet, paged bool) (total price) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			total = total.plus(p.field(s, paged))
		case *ast.InlineFragment:
			total = total.plus(p.selection(s.SelectionSet, paged))
		case *ast.FragmentSpread:
			total = total.plus(p.fragment(s, paged))
		}
	}
	return total
}

// fragment is priced once for each way it is used. A circle was refused by
// validation; an entry is made first all the same, so that none can hang us.
func (p *pricer) fragment(s *ast.FragmentSpread, paged bool) price {
	key := s.Name + strconv.FormatBool(paged)
	if known, ok := p.known[key]; ok {
		return known
	}
	p.known[key] = price{}
	if s.Definition == nil {
		return price{}
	}
	found := p.selection(s.Definition.SelectionSet, paged)
	p.known[key] = found
	return found
}

// field prices one field. A field with first, maxNodes, limit, last or k is a page: its
// own lists are as long as the page, and are not multiplied again.
func (p *pricer) field(f *ast.Field, paged bool) price {
	if f.Definition == nil || f.ObjectDefinition == nil {
		return p.selection(f.SelectionSet, false).under(1, 0, len(f.SelectionSet) == 0, true)
	}
	meta := len(f.ObjectDefinition.Name) > 2 && f.ObjectDefinition.Name[:2] == "__" || len(f.Name) > 2 && f.Name[:2] == "__"
	leaf := len(f.SelectionSet) == 0 || inRow[f.Definition.Type.Name()]
	name := f.ObjectDefinition.Name + "." + f.Name
	_, size, isPage := p.pageSize(f)
	n := 1
	switch {
	case isPage:
		n = size
	case paged || f.Definition.Type.Elem == nil:
	default:
		n = p.listSize(f)
	}
	below := p.selection(f.SelectionSet, isPage && !meta)
	if isPage && f.Definition.Type.Elem == nil && (f.Name == "durations" || leaf) {
		n = 1
	}
	if length, once := asides[name]; once {
		own := below.under(length, 0, leaf, meta)
		return price{depth: own.depth, aside: own.cost}
	}
	return below.under(n, efforts[name], leaf, meta)
}

// inRow are objects that come with the row they are in, as its texts do.
var inRow = map[string]bool{"AssetName": true}

// asides are the lists beside what a page bounds, with their usual lengths.
var asides = map[string]int{"Impact.counts": 4, "Impact.owners": 20, "Impact.policies": 20, "Impact.nextRuns": 20}

// tooDear says what is too much, and with which size it would do.
func (p *pricer) tooDear(op *ast.OperationDefinition, total int) error {
	var dear *ast.Field
	most := 0
	for _, s := range op.SelectionSet {
		if f, ok := s.(*ast.Field); ok {
			if cost := p.field(f, false).cost; cost > most {
				dear, most = f, cost
			}
		}
	}
	refused := fmt.Sprintf("the query may return %d objects, and at most %d are allowed", total, p.Cost)
	if dear == nil {
		return fmt.Errorf("%s; ask for fewer fields or for less at once", refused)
	}
	arg, size, isPage := p.pageSize(dear)
	if fits := p.fitting(dear, p.Cost-(total-most)); isPage && fits > 0 {
		return fmt.Errorf("%s: %s alone may return %d with %s: %d; ask for %s: %d, or for fewer fields", refused, dear.Name, most, arg, size/max(waySteps[dear.Name], 1), arg, fits)
	}
	return fmt.Errorf("%s: %s alone may return %d; ask for fewer fields of it, or for fewer at once (first, maxNodes)", refused, dear.Name, most)
}

// fitting is the size of the page at which a field costs no more than given.
func (p *pricer) fitting(f *ast.Field, budget int) int {
	if f.Definition == nil || f.ObjectDefinition == nil {
		return 0
	}
	below := p.selection(f.SelectionSet, true)
	fixed := efforts[f.ObjectDefinition.Name+"."+f.Name] + below.aside
	return max(0, budget-fixed) / max(1, (1+below.cost)*max(waySteps[f.Name], 1))
}

// pageSize reads the argument that bounds the answer, or its default.
func (p *pricer) pageSize(f *ast.Field) (arg string, size int, isPage bool) {
	for _, name := range []string{"first", "maxNodes", "limit", "last", "k"} {
		def := f.Definition.Arguments.ForName(name)
		if def == nil {
			continue
		}
		var v any
		if def.DefaultValue != nil {
			v, _ = def.DefaultValue.Value(nil)
		}
		if arg := f.Arguments.ForName(name); arg != nil {
			if got, err := arg.Value.Value(p.vars); err == nil && got != nil {
				v = got
			}
		}
		return name, times(toInt(v), max(waySteps[f.Name], 1)), true
	}
	return "", 0, false
}

// waySteps is how many nodes we price a way with, of which k bounds the number,
// and for tagged paths each of some ten sources.
var waySteps = map[string]int{"paths": 20, "taggedPaths": 200}

// toInt reads what a client or a default gave; what is no number is dear.
func toInt(v any) int {
	switch v := v.(type) {
	case int64:
		return clampSize(v)
	case int:
		return clampSize(int64(v))
	case float64:
		return clampSize(int64(v))
	case interface{ Int64() (int64, error) }:
		if n, err := v.Int64(); err == nil {
			return clampSize(n)
		}
	}
	return 1 << 20
}

func clampSize(n int64) int { return int(min(max(n, 1), 1<<20)) }

// listSizes are the lengths we price plain lists with: those that read a store
// by their usual size, those inside a row by one.
var listSizes = map[string]int{
	"Run.inputs": 10, "Run.reads": 10, "Run.outputs": 10,
	"Query.tools": 10, "CriticalPath.steps": 10, "Decision.evidence": 5, "AssetPartition.versions": 3, "AssetPartition.inputs": 3, "Dataset.policies": 3, "Job.policies": 3, "Asset.policies": 3, "Reason.children": 5,
	"QuarantinedEvent.datasets": 20, "Drawable.columns": 10, "SceneBundle.states": 5,
	"__Schema.types": 120, "__Schema.directives": 6, "__Type.fields": 10, "__Type.inputFields": 5, "__Type.enumValues": 8,
	"__Type.interfaces": 2, "__Type.possibleTypes": 4, "__Field.args": 3, "__Directive.args": 3,
}

// efforts are what fields cost beside the objects they give, in objects: those
// that read or reckon much whatever the size of their answer.
var efforts = map[string]int{
	"PolicyPlan.simulation": 5000, "Query.shadowReport": 500, "Query.timeline": 200, "Query.assetCounts": 100, "Query.attention": 100, "Attention.blast": 20, "Dataset.partitions": 50, "Job.partitions": 20, "Decision.evidence": 50,
	"Dataset.producers": 25, "Dataset.consumers": 25, "Job.inputs": 25, "Job.outputs": 25, "Job.children": 25,
}

func (p *pricer) listSize(f *ast.Field) int {
	if n := listSizes[f.ObjectDefinition.Name+"."+f.Name]; n > 0 {
		return n
	}
	return 1
}
