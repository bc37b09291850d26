// Package airflow acts on Airflow 3 over its REST API v2 (/api/v2).
//
// The key of a start is dag_run_id: Airflow keeps (dag_id, dag_run_id) unique,
// so the same intent sent twice is one run. Its 409 hides which constraint
// failed, so it is always followed by a look at our own id. logical_date is
// null and run_after is frozen by the engine, which makes the OpenLineage run
// ids of the DAG run computable before the call.
package airflow
