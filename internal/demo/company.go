package demo

import (
	"strings"
	"time"
)

// The namespaces of the shop's tools.
const (
	warehouse = "postgres://wh:5432"
	shopDB    = "mysql://shop-db:3306"
	kafka     = "kafka://broker:9092"
	lake      = "s3://shop-lake"
	models    = "sagemaker://sm-eu"
	boards    = "superset://bi"

	airflowNS = "shop"
	dbtNS     = "dbt"
	sparkNS   = "spark"
)

// dataset is one data asset of the shop.
type dataset struct {
	namespace, name, kind string
	about, owner          string
	tags                  []string
	columns               []column
}

// column has its sources as "dataset.column".
type column struct {
	name, kind string
	from       []string
}

// job is something that runs in a tool.
type job struct {
	namespace, name string
	// tool and unit are OpenLineage's integration and job type.
	tool, unit   string
	about, owner string
	in, out      []string // short names of datasets
	// dbt is the unique id of a dbt node.
	dbt string
	// checks are the tests that dbt runs on the output.
	checks []string
}

// step is a job's place in the day: when it starts after the nightly run's
// hour, and how long it takes.
type step struct {
	job         string
	start, take time.Duration
	// parent is the job that contains it, in the same run tree.
	parent string
}

// company is the shop.
type company struct {
	data map[string]dataset
	jobs map[string]job
	// order lists the steps of a day, in order of start.
	order []step
}

// source is a table of the shop's database with what becomes of it.
type source struct {
	name, about, owner string
	columns            string
}

var sources = []source{
	{"orders", "one row an order", "team-checkout", "order_id:bigint customer_id:bigint placed_at:timestamp amount:numeric status:text"},
	{"customers", "one row a customer", "team-accounts", "customer_id:bigint email:text country:text created_at:timestamp"},
	{"products", "what the shop sells", "team-catalogue", "product_id:bigint title:text price:numeric category:text"},
	{"payments", "money that came in", "team-finance", "payment_id:bigint order_id:bigint paid_at:timestamp amount:numeric method:text"},
	{"stock", "pieces in the warehouses", "team-logistics", "product_id:bigint place:text pieces:integer counted_at:timestamp"},
	{"tickets", "questions of customers", "team-support", "ticket_id:bigint customer_id:bigint opened_at:timestamp topic:text"},
	{"campaigns", "advertising", "team-marketing", "campaign_id:bigint channel:text cost:numeric day:date"},
}

// mart is a dbt model behind the staging models.
type mart struct {
	name, about, owner string
	in                 []string
	columns            string
	checks             []string
}

var marts = []mart{
	{"orders", "orders with what was paid", "team-analytics", []string{"stg_orders", "stg_payments"},
		"order_id:bigint=stg_orders.order_id customer_id:bigint=stg_orders.customer_id day:date=stg_orders.placed_at paid:numeric=stg_payments.amount", []string{"not_null_orders_order_id", "unique_orders_order_id"}},
	{"customers", "customers with their orders", "team-analytics", []string{"stg_customers", "orders"},
		"customer_id:bigint=stg_customers.customer_id country:text=stg_customers.country first_order:date=orders.day revenue:numeric=orders.paid", []string{"unique_customers_customer_id"}},
	{"customer_features", "what the churn model learns from", "team-ml", []string{"customers", "stg_tickets"},
		"customer_id:bigint=customers.customer_id revenue:numeric=customers.revenue tickets:integer=stg_tickets.ticket_id", []string{"not_null_customer_features_customer_id", "accepted_range_revenue"}},
	{"revenue_daily", "revenue a day", "team-finance", []string{"orders"}, "day:date=orders.day revenue:numeric=orders.paid", []string{"not_null_revenue_daily_day"}},
	{"product_sales", "what sells", "team-catalogue", []string{"stg_products", "orders"}, "product_id:bigint=stg_products.product_id sales:numeric=orders.paid", nil},
	{"stock_levels", "what runs out", "team-logistics", []string{"stg_stock", "stg_products"}, "product_id:bigint=stg_stock.product_id pieces:integer=stg_stock.pieces title:text=stg_products.title", nil},
	{"support_load", "tickets a day", "team-support", []string{"stg_tickets"}, "day:date=stg_tickets.opened_at tickets:integer=stg_tickets.ticket_id", nil},
	{"campaign_roi", "what advertising brings", "team-marketing", []string{"stg_campaigns", "revenue_daily"}, "channel:text=stg_campaigns.channel cost:numeric=stg_campaigns.cost revenue:numeric=revenue_daily.revenue", nil},
}

var dashboards = map[string]string{"revenue": "revenue_daily", "customers": "customers", "stock": "stock_levels", "support": "support_load", "marketing": "campaign_roi"}

// newCompany builds the shop.
func newCompany() *company {
	c := &company{data: map[string]dataset{}, jobs: map[string]job{}}
	for i, s := range sources {
		c.addSource(s, time.Duration(i)*time.Minute)
	}
	c.addWeb()
	c.addPayments()
	c.addNightly()
	c.addML()
	for _, d := range []string{"revenue", "customers", "stock", "support", "marketing"} {
		c.addDashboard(d)
	}
	return c
}

// addSource: Airflow loads a table of the shop's database every night.
func (c *company) addSource(s source, after time.Duration) {
	cols := columnsOf(s.columns, "")
	c.data["src_"+s.name] = dataset{namespace: shopDB, name: "shop." + s.name, kind: "TABLE", about: s.about + " (the shop's own database)", owner: s.owner, columns: cols}
	c.data["raw_"+s.name] = dataset{namespace: warehouse, name: "shop.raw." + s.name, kind: "TABLE", about: s.about + ", as loaded", owner: "team-data-platform", tags: []string{"layer:raw"}, columns: columnsOf(s.columns, "src_"+s.name)}
	dag := "ingest_" + s.name
	c.addDAG(dag, "loads "+s.name, "team-data-platform")
	c.jobs[dag+".load"] = job{namespace: airflowNS, name: dag + ".load", tool: "AIRFLOW", unit: "TASK", owner: "team-data-platform", in: []string{"src_" + s.name}, out: []string{"raw_" + s.name}}
	c.order = append(c.order, step{dag, after - 30*time.Minute, 2 * time.Minute, ""}, step{dag + ".load", after - 30*time.Minute + 5*time.Second, time.Minute, dag})

	stg := "stg_" + strings.TrimSuffix(s.name, "")
	c.data[stg] = dataset{namespace: warehouse, name: "shop.staging." + stg, kind: "TABLE", about: s.about + ", cleaned", owner: "team-analytics", tags: []string{"layer:staging"}, columns: columnsOf(s.columns, "raw_"+s.name)}
	c.jobs[stg] = job{namespace: dbtNS, name: "shop.staging.shop." + stg, tool: "DBT", unit: "MODEL", owner: "team-analytics", in: []string{"raw_" + s.name}, out: []string{stg}, dbt: "model.shop." + stg}
}

func (c *company) addDAG(name, about, owner string) {
	c.jobs[name] = job{namespace: airflowNS, name: name, tool: "AIRFLOW", unit: "DAG", about: about, owner: owner}
}

// addWeb: clicks go through Kafka; Spark makes sessions of them.
func (c *company) addWeb() {
	c.data["events"] = dataset{namespace: kafka, name: "web.events", kind: "TOPIC", about: "clicks on the web site", owner: "team-web", tags: []string{"pii"}, columns: columnsOf("visitor:text url:text at:timestamp", "")}
	c.data["sessions"] = dataset{namespace: lake, name: "sessions", kind: "FILE", about: "visits made of clicks", owner: "team-web", columns: columnsOf("visitor:text=events.visitor started:timestamp=events.at pages:integer=events.url", "")}
	c.jobs["sessionize"] = job{namespace: sparkNS, name: "sessionize", tool: "SPARK", unit: "APPLICATION", about: "makes sessions of clicks", owner: "team-web", in: []string{"events"}, out: []string{"sessions"}}
	c.order = append(c.order, step{"sessionize", -20 * time.Minute, 8 * time.Minute, ""})
}

// addPayments: a small report that weir itself starts.
func (c *company) addPayments() {
	c.data["payments_daily"] = dataset{namespace: warehouse, name: "shop.reports.payments_daily", kind: "TABLE", about: "payments by method", owner: "team-finance", columns: columnsOf("method:text=raw_payments.method amount:numeric=raw_payments.amount", "")}
	c.addDAG("payments_report", "payments by method", "team-finance")
	c.jobs["payments_report.build"] = job{namespace: airflowNS, name: "payments_report.build", tool: "AIRFLOW", unit: "TASK", owner: "team-finance", in: []string{"raw_payments"}, out: []string{"payments_daily"}}
	c.order = append(c.order, step{"payments_report", -15 * time.Minute, time.Minute, ""}, step{"payments_report.build", -15*time.Minute + 5*time.Second, 30 * time.Second, "payments_report"})
}

// addNightly: one Airflow DAG runs dbt and exports features.
func (c *company) addNightly() {
	c.addDAG("dbt_nightly", "builds the warehouse", "team-analytics")
	c.jobs["dbt_nightly.build"] = job{namespace: airflowNS, name: "dbt_nightly.build", tool: "AIRFLOW", unit: "TASK", owner: "team-analytics"}
	c.jobs["dbt-run-shop"] = job{namespace: dbtNS, name: "dbt-run-shop", tool: "DBT", unit: "JOB", owner: "team-analytics"}
	c.order = append(c.order, step{"dbt_nightly", 0, 12 * time.Minute, ""}, step{"dbt_nightly.build", 5 * time.Second, 8 * time.Minute, "dbt_nightly"}, step{"dbt-run-shop", 10 * time.Second, 7 * time.Minute, "dbt_nightly.build"})
	at := 15 * time.Second
	for _, s := range sources {
		c.order = append(c.order, step{"stg_" + s.name, at, 10 * time.Second, "dbt-run-shop"})
		at += 12 * time.Second
	}
	for _, m := range marts {
		c.addMart(m)
		c.order = append(c.order, step{m.name, at, 15 * time.Second, "dbt-run-shop"})
		at += 20 * time.Second
	}
	for _, m := range marts {
		if len(m.checks) > 0 {
			c.order = append(c.order, step{m.name + ".test", at, 2 * time.Second, "dbt-run-shop"})
			at += 3 * time.Second
		}
	}
	c.data["features"] = dataset{namespace: lake, name: "features/customers", kind: "FILE", about: "features as SageMaker reads them", owner: "team-ml", columns: columnsOf("customer_id:bigint=customer_features.customer_id revenue:numeric=customer_features.revenue tickets:integer=customer_features.tickets", "")}
	c.jobs["dbt_nightly.export_features"] = job{namespace: airflowNS, name: "dbt_nightly.export_features", tool: "AIRFLOW", unit: "TASK", owner: "team-ml", in: []string{"customer_features"}, out: []string{"features"}}
	c.order = append(c.order, step{"dbt_nightly.export_features", 9 * time.Minute, 90 * time.Second, "dbt_nightly"})
}

func (c *company) addMart(m mart) {
	c.data[m.name] = dataset{namespace: warehouse, name: "shop.marts." + m.name, kind: "TABLE", about: m.about, owner: m.owner, tags: []string{"layer:mart", "tier:1"}, columns: columnsOf(m.columns, "")}
	c.jobs[m.name] = job{namespace: dbtNS, name: "shop.marts.shop." + m.name, tool: "DBT", unit: "MODEL", owner: m.owner, in: m.in, out: []string{m.name}, dbt: "model.shop." + m.name}
	if len(m.checks) > 0 {
		c.jobs[m.name+".test"] = job{namespace: dbtNS, name: "shop.marts.shop." + m.name + ".test", tool: "DBT", unit: "TEST", owner: m.owner, in: []string{m.name}, dbt: "model.shop." + m.name, checks: m.checks}
	}
}

// addML: SageMaker trains, Airflow scores.
func (c *company) addML() {
	c.data["churn"] = dataset{namespace: models, name: "model/churn", kind: "MODEL", about: "who will leave us", owner: "team-ml"}
	c.jobs["churn-training"] = job{namespace: models, name: "churn-training", tool: "SAGEMAKER", unit: "PIPELINE", about: "trains the churn model", owner: "team-ml", in: []string{"features", "sessions"}, out: []string{"churn"}}
	c.data["churn_scores"] = dataset{namespace: warehouse, name: "shop.marts.churn_scores", kind: "TABLE", about: "how likely each customer leaves", owner: "team-ml", columns: columnsOf("customer_id:bigint=features.customer_id score:numeric=features.revenue,features.tickets", "")}
	c.addDAG("score_customers", "scores customers", "team-ml")
	c.jobs["score_customers.score"] = job{namespace: airflowNS, name: "score_customers.score", tool: "AIRFLOW", unit: "TASK", owner: "team-ml", in: []string{"churn", "features"}, out: []string{"churn_scores"}}
	c.order = append(c.order, step{"churn-training", 20 * time.Minute, 25 * time.Minute, ""},
		step{"score_customers", 50 * time.Minute, 5 * time.Minute, ""}, step{"score_customers.score", 50*time.Minute + 5*time.Second, 4 * time.Minute, "score_customers"})
}

func (c *company) addDashboard(name string) {
	c.data["board_"+name] = dataset{namespace: boards, name: "board/" + name, kind: "DASHBOARD", about: "the board " + name, owner: "team-bi"}
	c.jobs["board_"+name] = job{namespace: boards, name: "refresh_" + name, tool: "SUPERSET", unit: "REFRESH", owner: "team-bi", in: []string{dashboards[name]}, out: []string{"board_" + name}}
	c.order = append(c.order, step{"board_" + name, time.Hour, time.Minute, ""})
}

// columnsOf reads "name:type=source.column,..."; with a table given, each
// column comes from its namesake there.
func columnsOf(spec, table string) []column {
	var out []column
	for _, part := range strings.Fields(spec) {
		head, from, _ := strings.Cut(part, "=")
		name, kind, _ := strings.Cut(head, ":")
		col := column{name: name, kind: kind}
		if table != "" {
			col.from = []string{table + "." + name}
		} else if from != "" {
			col.from = strings.Split(from, ",")
		}
		out = append(out, col)
	}
	return out
}
