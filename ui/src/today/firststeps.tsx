import { Link } from '@tanstack/react-router'
import { Copy } from '../copyas'
import { useTitle } from '../frame'
import { Failed } from '../pane'
import { useLiveQuery } from '../query'
import { Shape } from '../shape'
import { steps as t } from '../texts/today'
import { base } from '../base'
import { FIRST_STEPS } from './queries'

const server = (location.origin + base).replace(/\/$/, '')
const run = crypto.randomUUID?.() ?? '0199a1f0-0000-7000-8000-000000000001'
/** A step: its tool as events name it, what to do, and what to copy. */
type Step = { tool: string | null; words: readonly [string, string]; text: string }
const steps: Step[] = [
  { tool: 'AIRFLOW', words: t.airflow, text: `pip install apache-airflow-providers-openlineage
export AIRFLOW__OPENLINEAGE__TRANSPORT='{"type":"http","url":"${server}","endpoint":"api/v1/lineage"}'` },
  { tool: 'DBT', words: t.dbt, text: `pip install openlineage-dbt
OPENLINEAGE_URL=${server} OPENLINEAGE_NAMESPACE=prod dbt-ol build` },
  { tool: 'SPARK', words: t.spark, text: `spark.extraListeners                 io.openlineage.spark.agent.OpenLineageSparkListener
spark.openlineage.transport.type     http
spark.openlineage.transport.url      ${server}` },
  { tool: 'SAGEMAKER', words: t.sagemaker, text: `connectors:
  - name: sagemaker-main
    kind: sagemaker
    region: eu-west-1` },
  { tool: null, words: t.hand, text: `curl -H 'Content-Type: application/json' ${server}/api/v1/lineage -d '{
  "eventType": "COMPLETE", "eventTime": "${new Date().toISOString()}",
  "run": {"runId": "${run}"}, "job": {"namespace": "prod", "name": "load_orders"},
  "outputs": [{"namespace": "postgres://wh:5432", "name": "shop.raw.orders"}],
  "producer": "https://curl.se", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json"}'` },
]
const demo = 'weir demo --listen 127.0.0.1:8090'

/** FirstSteps is what to do while weir has seen nothing, and which tools it has heard since. */
export function FirstSteps({ onDone }: { onDone?: () => void }) {
  const answer = useLiveQuery(FIRST_STEPS, {})
  const counts = answer.data?.assetCounts
  const heard = new Set(counts?.by.find((b) => b.property === 'TOOL')?.values.map((v) => v.value.toUpperCase()))
  const answers = new Set(answer.data?.tools.filter((x) => x.reachable === 'TRUE').map((x) => x.kind.toUpperCase()))
  const some = (counts?.total ?? 0) > 0
  const tools = steps.filter((s) => s.tool !== null)
  useTitle(t.title)
  return (
    <main id="main" tabIndex={-1}>
      <div className="title"><h1>{some ? t.title : t.empty}</h1>{some && <Link to="/" search={{}} onClick={onDone} className="primary-link">{t.goOn}</Link>}</div>
      <p className="lead">{t.lead}</p>
      <Failed answer={answer} />
      <p className="line" role="status">{counts && t.heard(tools.filter((s) => heard.has(s.tool!)).length, tools.length)}</p>
      <ol className="steps">
        {steps.map((s) => <StepRow key={s.words[0]} step={s} came={s.tool ? heard.has(s.tool) : some} near={s.tool !== null && answers.has(s.tool)} />)}
        <li className="pane"><header><h2><Shape kind="ring" /> {t.demo[0]} <span className="soft">{t.demo[1]}</span></h2><Copy text={demo} label={t.copy} /></header><pre tabIndex={0} aria-label={t.toCopy(t.demo[0])}>{demo}</pre></li>
      </ol>
    </main>
  )
}

function StepRow({ step, came, near }: { step: Step; came: boolean; near: boolean }) {
  const [name, what] = step.words
  return (
    <li className="pane" data-step={step.tool ?? 'HAND'} data-heard={came || undefined}>
      <header><h2><span className={`chip ${came ? 'good' : near ? 'busy' : 'calm'}`}><Shape kind={came ? 'check' : near ? 'half' : 'ring'} />{came ? t.came : near ? t.answers : t.waits}</span> {name} <span className="soft">{what}</span></h2><Copy text={step.text} label={t.copy} /></header>
      <pre tabIndex={0} aria-label={t.toCopy(name)}>{step.text}</pre>
    </li>
  )
}
