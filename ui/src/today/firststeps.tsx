import { Copy } from '../copyas'
import { Shape } from '../shape'

const run = crypto.randomUUID?.() ?? '0199a1f0-0000-7000-8000-000000000001'
const steps: [tool: string, what: string, text: string][] = [
  ['Airflow 3', 'Every task reports what it reads and writes. Restart the scheduler and the workers after it.', `pip install apache-airflow-providers-openlineage
export AIRFLOW__OPENLINEAGE__TRANSPORT='{"type":"http","url":"${location.origin}","endpoint":"api/v1/lineage"}'`],
  ['dbt', 'The same command as before, through dbt-ol.', `pip install openlineage-dbt
OPENLINEAGE_URL=${location.origin} OPENLINEAGE_NAMESPACE=prod dbt-ol build`],
  ['Spark', 'In spark-defaults.conf, with the openlineage-spark package of your Scala version.', `spark.extraListeners                 io.openlineage.spark.agent.OpenLineageSparkListener
spark.openlineage.transport.type     http
spark.openlineage.transport.url      ${location.origin}`],
  ['SageMaker', 'Save as connectors.yaml and start weir with --connectors connectors.yaml: it asks SageMaker itself.', `connectors:
  - name: sagemaker-main
    kind: sagemaker
    region: eu-west-1`],
  ['By hand', 'One event, to see it work.', `curl -H 'Content-Type: application/json' ${location.origin}/api/v1/lineage -d '{
  "eventType": "COMPLETE", "eventTime": "${new Date().toISOString()}",
  "run": {"runId": "${run}"}, "job": {"namespace": "prod", "name": "load_orders"},
  "outputs": [{"namespace": "postgres://wh:5432", "name": "shop.raw.orders"}],
  "producer": "https://curl.se", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json"}'`],
  ['A sample company', 'Another weir, with data and a story of its own.', 'weir demo --listen 127.0.0.1:8090'],
]

/** FirstSteps is the page while weir has seen nothing. */
export function FirstSteps() {
  return (
    <main id="main" tabIndex={-1}>
      <h1>weir is ready and has seen nothing yet</h1>
      <p className="lead">Point one of these at it. This page turns into today's state with the first event.</p>
      <ul className="steps">
        {steps.map(([tool, what, text]) => (
          <li className="pane" key={tool}>
            <header><h2><Shape kind="ring" /> {tool} <span className="soft">{what}</span></h2><Copy text={text} label="Copy" /></header>
            <pre tabIndex={0} aria-label={`${tool}, to copy`}>{text}</pre>
          </li>
        ))}
      </ul>
    </main>
  )
}
