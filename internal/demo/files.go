package demo

import (
	"fmt"
	"os"
	"path/filepath"
)

// policyFiles are the shop's policies, one file each.
var policyFiles = map[string]string{
	"churn-training.yaml": `# Train the churn model when its data is new, but only on features of the
# present night whose dbt tests have passed.
apiVersion: weir.dev/v1
kind: Policy
name: churn-training
owner: team-ml
mode: act
select: { asset: "dataset:sagemaker://sm-eu/model/churn" }
target: { connector: sm-eu, job: churn-training }
inputs:
  "dataset:s3://shop-lake/sessions": { trigger: true }
  "dataset:s3://shop-lake/features/customers": { trigger: true, require: updated }
  "dataset:postgres://wh:5432/shop.marts.customer_features": { checks: blocking }
ready: { all: [ self_idle ], max_wait: 6h }
`,
	"payments-report.yaml": `# Build the payments report again whenever payments were loaded.
apiVersion: weir.dev/v1
kind: Policy
name: payments-report
owner: team-finance
mode: act
select: { asset: "dataset:postgres://wh:5432/shop.reports.payments_daily" }
target: { connector: airflow-main, job: payments_report }
inputs:
  "dataset:postgres://wh:5432/shop.raw.payments": { trigger: true, require: updated }
`,
	"customers-fresh.yaml": `# Customers should never rest on data older than this. Airflow schedules it;
# weir only watches.
apiVersion: weir.dev/v1
kind: Policy
name: customers-fresh
owner: team-analytics
mode: observe
select: { asset: "dataset:postgres://wh:5432/shop.marts.customers" }
want: { max_lag: 24h29m }
`,
	"score-customers.yaml": `# Score customers once the churn model is new. In shadow: Airflow's clock starts
# it every night, and weir writes down what it would have done.
apiVersion: weir.dev/v1
kind: Policy
name: score-customers
owner: team-ml
mode: shadow
select: { asset: "dataset:postgres://wh:5432/shop.marts.churn_scores" }
target: { connector: airflow-main, job: score_customers }
inputs:
  "dataset:sagemaker://sm-eu/model/churn": { trigger: true, require: updated }
  "dataset:s3://shop-lake/features/customers": { require: updated }
`,
	"revenue-board.yaml": `# The revenue board asks before it refreshes: not before this night's revenue.
apiVersion: weir.dev/v1
kind: Policy
name: revenue-board
owner: team-bi
mode: gate
select: { asset: "job:superset://bi/refresh_revenue" }
inputs:
  "dataset:postgres://wh:5432/shop.marts.revenue_daily": { require: updated }
ready: { all: [ self_idle ], max_wait: 8h }
`,
}

// connectorsFile points weir at the simulated tools.
const connectorsFile = `connectors:
  - name: airflow-main
    kind: airflow
    url: %s
    namespace: shop
    auth: { username: demo, password: { file: %s } }
  - name: sm-eu
    kind: sagemaker
    region: eu-west-1
    endpoint: %s
    auth: { access_key_id: { file: %s }, secret_access_key: { file: %s } }
`

// password opens the simulated tools, which listen on loopback only.
const password = "demo"

// Files are what weir serve is given.
type Files struct {
	Connectors, Policies, Data string
}

// WriteFiles writes the connectors file and an empty policies directory into
// dir; the policies come with the story.
func WriteFiles(dir, airflowURL, sagemakerURL string) (Files, error) {
	f := Files{Connectors: filepath.Join(dir, "connectors.yaml"), Policies: filepath.Join(dir, "policies"), Data: filepath.Join(dir, "data")}
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
		return f, fmt.Errorf("write demo files: %w", err)
	}
	if err := os.WriteFile(f.Connectors, fmt.Appendf(nil, connectorsFile, airflowURL, secret, sagemakerURL, secret, secret), 0o600); err != nil {
		return f, fmt.Errorf("write demo files: %w", err)
	}
	if err := os.MkdirAll(f.Policies, 0o700); err != nil {
		return f, fmt.Errorf("write demo files: %w", err)
	}
	return f, nil
}

// writePolicies puts the policies in force: weir notices by itself.
func writePolicies(dir string) error {
	for name, text := range policyFiles {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("write policies: %w", err)
		}
	}
	return nil
}
