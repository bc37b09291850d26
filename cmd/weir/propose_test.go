package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const contractYAML = `apiVersion: v3.0.2
kind: DataContract
id: 53581432
name: Shop Marts
servers:
  - { server: prod, type: postgres, host: wh, port: 5432, database: shop, schema: marts }
  - { server: lake, type: s3, location: "s3://lake" }
schema:
  - { name: orders }
  - { name: customers, physicalName: dim_customers }
  - { name: clicks }
team:
  - { username: ann, role: Owner }
slaDefaultElement: orders.id
slaProperties:
  - { property: latency, value: 4, unit: h, element: orders.id }
  - { property: timeOfAvailability, value: "09:00-08:00", element: orders.id, driver: regulatory }
  - { property: frequency, value: 1, unit: d, element: customers.id }
  - { property: retention, value: 3, unit: y, element: clicks }
`

const manifestJSON = `{ "metadata": { "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json" },
 "sources": { "source.shop.raw.orders": { "unique_id": "source.shop.raw.orders", "resource_type": "source", "source_name": "raw", "name": "orders", "identifier": "orders", "database": "shop", "schema": "raw" } },
 "nodes": {
  "model.shop.orders": { "unique_id": "model.shop.orders", "resource_type": "model", "name": "orders", "alias": "orders", "database": "shop", "schema": "marts", "original_file_path": "models/marts/orders.sql",
    "depends_on": { "nodes": ["source.shop.raw.orders"] },
    "config": { "materialized": "table", "meta": { "weir": { "want": { "max_lag": "1h" }, "owner": "team", "inputs": { "raw.orders": { "trigger": true } } } } } },
  "model.shop.odd": { "unique_id": "model.shop.odd", "resource_type": "model", "name": "odd", "alias": "odd", "database": "shop", "schema": "marts", "original_file_path": "models/odd.sql",
    "config": { "materialized": "table", "meta": { "weir": { "wnat": "manual" } } } },
  "model.shop.plain": { "unique_id": "model.shop.plain", "resource_type": "model", "name": "plain", "alias": "plain", "database": "shop", "schema": "marts", "config": { "materialized": "table", "meta": {} } }
 } }`

func TestPropose(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "contract.yaml", contractYAML)
	write(t, "manifest.json", manifestJSON)
	write(t, "schema.yml", "version: 2\nmodels:\n  - name: orders\n    config: { meta: { weir: { want: { max_age: 1d } } } }\n  - name: plain\n")
	w := &world{t: t, dir: dir}

	out := w.must(exitOK, "propose", "contract.yaml")
	holds(t, out, "# Proposed from contract.yaml: slaProperties of orders\n", "name: shop-marts-orders\n", `asset: dataset:postgres://wh:5432/shop.marts.orders`,
		"cron: 0 17 * * *", "covers: 4h", "owner: ann", "dataset:postgres://wh:5432/shop.marts.dim_customers", "max_age: 1d",
		"not proposed: contract.yaml: slaProperties of clicks: retention 3 y: has no place in a policy", "2 policies proposed")
	holds(t, w.must(exitOK, "propose", "contract.yaml", "--server", "lake"), `a server of type "s3" are not placed`, "0 policies proposed")

	out = w.must(exitOK, "propose", "manifest.json", "--namespace", "postgres://wh:5432")
	holds(t, out, "# Proposed from manifest.json: meta.weir of model.shop.orders (models/marts/orders.sql)", "name: dbt-orders", "dataset:postgres://wh:5432/shop.raw.orders:", "trigger: true", "max_lag: 1h",
		`not proposed: manifest.json: meta.weir of model.shop.odd (models/odd.sql): makes no policy: proposal:`, `E101: unknown field "wnat"`, "1 policy proposed")
	holds(t, w.must(exitOK, "propose", "manifest.json"), "--namespace, such as", "0 policies proposed")
	holds(t, w.must(exitOK, "propose", "schema.yml", "--namespace", "postgres://wh:5432", "--schema", "shop.marts"), "asset: dataset:postgres://wh:5432/shop.marts.orders", "max_age: 1d", "1 policy proposed")
	holds(t, w.must(exitUsage, "propose", "nothing.yaml"), "name a data contract")

	// A proposal is a policy that validate takes, and none where one is.
	out = w.must(exitOK, "propose", "contract.yaml", "manifest.json", "--namespace", "postgres://wh:5432", "--schema", "shop.marts", "--out", "proposals")
	holds(t, out, "model.shop.orders (models/marts/orders.sql): shop-marts-orders is proposed for dataset:postgres://wh:5432/shop.marts.orders already, from contract.yaml")
	holds(t, w.must(exitOK, "validate", "proposals"), "fine: 2 policies")
	holds(t, w.must(exitOK, "propose", "contract.yaml", "--policies", "proposals"), "policy shop-marts-orders (proposals/shop-marts-orders.yaml:2) is about dataset:postgres://wh:5432/shop.marts.orders already", "0 policies proposed")

	// What is there is somebody's.
	mine := filepath.Join("others", "dbt-orders.yaml")
	write(t, mine, "")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	holds(t, w.must(exitOK, "propose", "manifest.json", "--namespace", "postgres://wh:5432", "--out", "others"), "is there already", "1 policy proposed, none written")
	if got := readFile(t, mine); got != "mine" {
		t.Errorf("overwritten with %q", got)
	}
	if strings.Contains(readFile(t, filepath.Join("proposals", "shop-marts-orders.yaml")), "\n---") {
		t.Error("more than one document in a file")
	}
}
