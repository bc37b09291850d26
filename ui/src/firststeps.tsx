import { Copy } from './parts'

const steps: [string, string][] = [
  ['Airflow 3', `pip install apache-airflow-providers-openlineage
export AIRFLOW__OPENLINEAGE__TRANSPORT='{"type":"http","url":"${location.origin}","endpoint":"api/v1/lineage"}'`],
  ['dbt', `pip install openlineage-dbt
OPENLINEAGE_URL=${location.origin} OPENLINEAGE_NAMESPACE=prod dbt-ol build`],
  ['Spark', `spark.extraListeners                 io.openlineage.spark.agent.OpenLineageSparkListener
spark.openlineage.transport.type     http
spark.openlineage.transport.url      ${location.origin}`],
  ['Anything', `curl -H 'Content-Type: application/json' ${location.origin}/api/v1/lineage -d '{
  "eventType": "COMPLETE", "eventTime": "${new Date().toISOString()}",
  "run": {"runId": "${crypto.randomUUID?.() ?? '0199a1f0-0000-7000-8000-000000000001'}"}, "job": {"namespace": "prod", "name": "load_orders"},
  "outputs": [{"namespace": "postgres://wh:5432", "name": "shop.raw.orders"}],
  "producer": "curl", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json"}'`],
]

/** FirstSteps is the page while weir has seen nothing. */
export function FirstSteps() {
  return (
    <main>
      <h1>weir is ready and has seen nothing yet</h1>
      <p className="lead">Point a tool at it. This page fills with the first event.</p>
      {steps.map(([tool, text]) => (
        <section className="pane" key={tool} aria-label={tool}>
          <header><h2>{tool}</h2><Copy text={text} label="Copy" /></header>
          <pre tabIndex={0}>{text}</pre>
        </section>
      ))}
    </main>
  )
}
