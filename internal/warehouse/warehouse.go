// Package warehouse makes up the assets of a company of any size, the same for
// the same size: for benchmarks, which need many names that look like names.
package warehouse

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
)

var (
	domains  = strings.Fields("sales finance logistics marketing support product risk people legal research web mobile partner billing identity fraud stock supply pricing loyalty")
	stages   = strings.Fields("raw staging core marts reporting sandbox archive")
	subjects = strings.Fields("orders customers payments shipments invoices sessions clicks campaigns tickets products employees contracts refunds carts visits emails devices vendors accounts ledgers budgets forecasts returns reviews coupons prices stores regions events messages")
	kinds    = strings.Fields("daily hourly snapshot history current by_region by_customer summary detail dim fact agg latest delta enriched clean")
	columns  = strings.Fields("id created_at updated_at customer_id order_id amount currency status region email phone country city quantity unit_price discount tax total source loaded_at batch_id is_deleted valid_from valid_to comment channel device_id session_id user_agent score")
)

// Assets are three datasets of some columns each for every two jobs.
func Assets(n, fields int) []catalog.Asset {
	return slices.AppendSeq(make([]catalog.Asset, 0, n), Each(n, fields))
}

// Each gives Assets one after the other: millions of them, with their columns,
// need not be held.
func Each(n, fields int) iter.Seq[catalog.Asset] {
	return func(yield func(catalog.Asset) bool) {
		r := rand.New(rand.NewPCG(uint64(n), 7))
		pick := func(list []string) string { return list[r.IntN(len(list))] }
		for i := range n {
			if !yield(asset(named(i, r, pick), pick, fields)) {
				return
			}
		}
	}
}

func named(i int, r *rand.Rand, pick func([]string) string) catalog.Name {
	subject := fmt.Sprintf("%s_%s_%d", pick(subjects), pick(kinds), i)
	job := catalog.JobName("airflow-"+pick(domains), "load_"+pick(stages)+"."+subject)
	if i%5 >= 3 {
		return job
	}
	return catalog.DatasetName(fmt.Sprintf("postgres://warehouse-%d:5432", r.IntN(8)), pick(domains)+"."+pick(stages)+"."+subject)
}

func asset(n catalog.Name, pick func([]string) string, fields int) catalog.Asset {
	a := catalog.Asset{ID: catalog.AssetID(n.ID()), Type: n.Type, Name: n, Names: []catalog.KnownName{{Name: n}}}
	a.Owners = []catalog.Owner{{Name: "team:" + pick(domains)}}
	if n.Type == catalog.TypeJob {
		a.Integration = "AIRFLOW"
		return a
	}
	a.Kind = catalog.KindTable
	a.Description = fmt.Sprintf("The %s of %s, as %s has them.", pick(subjects), pick(domains), pick(stages))
	a.Tags = []catalog.Tag{{Key: "tier", Value: pick(kinds)}}
	for i := range fields {
		a.Fields = append(a.Fields, catalog.Field{Name: pick(columns), Ordinal: i + 1})
	}
	return a
}
