// A small Airflow, for what weir asks of a tool: the part of its REST API that
// weir calls, and the OpenLineage events that its provider sends.
import { createHash, randomUUID } from 'node:crypto'
import http from 'node:http'

export const namespace = 'prod'

const body = async (req) => {
  let text = ''
  for await (const part of req) text += part
  return text ? JSON.parse(text) : {}
}

/** runId is the OpenLineage run id of a try, by the provider's own formula: the time, then 76 bits of a digest. */
function runId(run) {
  const at = run.logical_date ?? run.run_after
  const digest = createHash('sha1').update(`${at}${namespace}.${run.dag_id}.${run.cleared}`).digest()
  const id = `${Date.parse(at).toString(16).padStart(12, '0')}7${digest.toString('hex').slice(0, 19)}`
  const variant = (parseInt(id[16], 16) & 3) | 8
  return `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${variant.toString(16)}${id.slice(17, 20)}-${id.slice(20)}`
}

const facet = (body) => ({ _producer: 'https://example.com/airflow', _schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunFacet', ...body })

/** startAirflow runs DAGs that each read and write: { name: [inputs, outputs] }. */
export async function startAirflow(dags) {
  const runs = []
  const paused = new Set()
  /** mute: whatever is asked about runs fails, so that nobody knows what became of it. */
  let mute = false
  /** calls are what it was told to do: the oracle for what a button did. */
  const calls = []
  let weir = ''

  const event = (type, run, [ins, outs]) => ({
    eventType: type, eventTime: new Date().toISOString(), producer: 'https://example.com/airflow', schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    run: { runId: runId(run), facets: { airflowDagRun: facet({ dag: { dag_id: run.dag_id }, dagRun: { dag_id: run.dag_id, run_id: run.dag_run_id } }), ...(run.parent && { parent: facet({ run: { runId: run.parent.parentRunId }, job: { namespace: run.parent.parentJobNamespace, name: run.parent.parentJobName } }) }) } },
    job: { namespace, name: run.dag_id }, inputs: ins, outputs: type === 'COMPLETE' ? outs : [],
  })
  const tell = async (type, run) => {
    const r = await fetch(`${weir}/api/v1/lineage`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(event(type, run, dags[run.dag_id])) })
    if (r.status !== 201) throw new Error(`the event is refused: ${r.status} ${await r.text()}`)
  }
  const set = (run, state, type) => {
    const now = new Date().toISOString()
    Object.assign(run, { state, updated_at: now, end_date: type === 'START' ? null : now })
    return tell(type, run)
  }
  const start = async (dag, asked) => {
    const now = new Date().toISOString().replace('Z', '000+00:00') // as Python writes it
    const run = { dag_id: dag, dag_run_id: asked.dag_run_id, state: 'running', run_type: 'manual', logical_date: asked.logical_date, run_after: asked.run_after ?? now, queued_at: now, start_date: now, end_date: null, updated_at: now, conf: asked.conf, cleared: 0, parent: asked.conf?.openlineage }
    runs.push(run)
    await tell('START', run)
    return run
  }
  const last = (dag) => runs.findLast((r) => r.dag_id === dag)
  const dagOf = (dag) => ({ dag_id: dag, is_paused: paused.has(dag), is_stale: false })
  const routes = [
    ['GET', /^\/api\/v2\/version$/, () => ({ version: '3.3.0' })],
    ['GET', /^\/api\/v2\/dags$/, () => ({ dags: Object.keys(dags).map(dagOf), total_entries: Object.keys(dags).length })],
    ['GET', /^\/api\/v2\/dags\/~\/dagRuns$/, () => ({ dag_runs: runs, total_entries: runs.length })],
    ['GET', /^\/api\/v2\/dags\/([^/]+)$/, ([dag]) => dagOf(dag)],
    ['PATCH', /^\/api\/v2\/dags\/([^/]+)$/, ([dag], asked) => {
      calls.push(`${asked.is_paused ? 'pause' : 'resume'} ${dag}`)
      paused[asked.is_paused ? 'add' : 'delete'](dag)
      return dagOf(dag)
    }],
    ['POST', /^\/api\/v2\/dags\/([^/]+)\/dagRuns$/, ([dag], asked) => (calls.push(`start ${dag}`), start(dag, asked))],
    ['GET', /^\/api\/v2\/dags\/[^/]+\/dagRuns\/([^/]+)$/, ([id]) => runs.find((r) => r.dag_run_id === id)],
    ['PATCH', /^\/api\/v2\/dags\/([^/]+)\/dagRuns\/([^/]+)$/, async ([dag, id], asked) => {
      calls.push(`${asked.state} ${dag}`)
      const run = runs.find((r) => r.dag_run_id === id)
      await set(run, asked.state, 'FAIL')
      return run
    }],
    ['POST', /^\/api\/v2\/dags\/([^/]+)\/dagRuns\/([^/]+)\/clear$/, async ([dag, id], asked) => {
      const run = runs.find((r) => r.dag_run_id === id)
      if (asked.dry_run !== false) return run
      calls.push(`clear ${dag}`)
      Object.assign(run, { cleared: run.cleared + 1, queued_at: new Date().toISOString() })
      await set(run, 'running', 'START')
      return run
    }],
  ]
  const server = http.createServer(async (req, res) => {
    const path = new URL(req.url, 'http://airflow').pathname
    const [, form, answer] = routes.find(([method, r]) => method === req.method && r.test(path)) ?? []
    if (mute && path.includes('/dagRuns')) return res.writeHead(500, { 'content-type': 'application/json' }).end('{"detail":"out of order"}')
    const said = form && (await answer(form.exec(path).slice(1).map(decodeURIComponent), await body(req)))
    res.writeHead(said ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(said ?? { detail: 'not found' }))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`, calls, paused,
    /** tells says where it sends its events. */
    tells: (url) => (weir = url),
    /** muted makes it fail, or not any more. */
    muted: (on) => (mute = on),
    /** end ends the last run of a DAG, well or not. */
    end: (dag, well) => set(last(dag), well ? 'success' : 'failed', well ? 'COMPLETE' : 'FAIL'),
    /** byItself is a run that weir did not ask for. */
    byItself: (dag) => start(dag, { dag_run_id: `manual__${randomUUID()}`, conf: {} }),
    stop: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())),
  }
}
