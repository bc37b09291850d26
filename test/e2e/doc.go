// Package e2e runs weir against the real tools: Airflow 3 with its OpenLineage
// provider, dbt through dbt-ol, PostgreSQL, Neo4j, and a fake SageMaker that
// speaks its wire format. The tests have the build tag e2e; `make e2e` starts
// what they need.
//
// One world (PostgreSQL, Airflow with three DAGs, a dbt project) serves all
// tests, which run one after the other; each has a weir of its own, with an
// empty data directory, on the address that the producers post to.
//
// `make producers` (build tag producers as well) adds Spark and Great
// Expectations to the story, without policies: what all of them report is one
// graph.
package e2e
