// Package dbt makes OpenLineage events of a dbt project's target directory
// (manifest v12, run-results v6, sources v3, catalog v1 and newer that keep
// their fields), for projects that do not run under dbt-ol. Jobs and datasets
// get the names that dbt-ol gives them, so both ways meet in one graph; use one
// of the two for a project, or its runs are counted twice.
//
// dbt has no server to act on: weir runs it through the orchestrator that
// runs it (Airflow), which is what the OpenLineage parent of its runs says.
package dbt
