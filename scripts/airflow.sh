#!/usr/bin/env bash
# A real Airflow 3 on SQLite, no container: four components, each in its own process group.
#   airflow.sh install               make the environment .cache/airflow once, print its bin directory
#   airflow.sh up HOME               migrate, start, wait until healthy (and until WAIT_DAGS are known); print the API's URL
#   airflow.sh stop|status|env HOME
#   airflow.sh restart HOME COMPONENT
#   airflow.sh run HOME CMD...       a command with Airflow's environment
# Environment: AF_PORT (free ones)  AF_DAGS (HOME/dags)  AF_PARALLELISM (4)  OL_URL  OL_NAMESPACE (default)
#   WAIT_S (120)  WAIT_DAGS (dag ids to wait for); what starts with AIRFLOW__ or AIRFLOW_CONN_ passes through.
# Users: admin, op and viewer, each with its name as password and role.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
VENV=${WEIR_AIRFLOW_VENV:-$root/.cache/airflow}
COMPONENTS="api-server scheduler dag-processor triggerer"

port() { # a free port below the ephemeral range, kept in HOME/run so that a restart uses it again
  local f=$AIRFLOW_HOME/run/$1.port p
  if [ ! -s "$f" ]; then
    while :; do p=$((15000 + RANDOM % 15000)); (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || break; done
    echo "$p" >"$f"
  fi
  cat "$f"
}
af_env() {
  AIRFLOW_HOME=$(mkdir -p "$1" && cd "$1" && pwd); export AIRFLOW_HOME PATH="$VENV/bin:$PATH"
  export AIRFLOW__CORE__DAGS_FOLDER=${AF_DAGS:-$AIRFLOW_HOME/dags}
  mkdir -p "$AIRFLOW__CORE__DAGS_FOLDER" "$AIRFLOW_HOME/run" "$AIRFLOW_HOME/out"
  local api=${AF_PORT:-$(port api)}
  export AIRFLOW__CORE__LOAD_EXAMPLES=False
  export AIRFLOW__CORE__EXECUTOR=LocalExecutor AIRFLOW__CORE__PARALLELISM=${AF_PARALLELISM:-4}
  export AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=False
  export AIRFLOW__CORE__AUTH_MANAGER=airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager
  export AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS=admin:admin,op:op,viewer:viewer
  export AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE=$AIRFLOW_HOME/passwords.json
  export AIRFLOW__CORE__EXECUTION_API_SERVER_URL=http://127.0.0.1:$api/execution/
  export AIRFLOW__CORE__FERNET_KEY=
  export AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=sqlite:///$AIRFLOW_HOME/airflow.db
  export AIRFLOW__API__HOST=127.0.0.1 AIRFLOW__API__PORT=$api AIRFLOW__API__WORKERS=1
  export AIRFLOW__API__BASE_URL=http://127.0.0.1:$api
  export AIRFLOW__API__SECRET_KEY=test-only-not-a-secret-0123456789abcdef
  export AIRFLOW__API_AUTH__JWT_SECRET=test-only-not-a-secret-0123456789abcdef0123456789abcdef0123456789abcdef
  export AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT=$(port worker-log) AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT=$(port trigger-log)
  export AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False
  export AIRFLOW__OPENLINEAGE__NAMESPACE=${OL_NAMESPACE:-default}
  if [ -n "${OL_URL:-}" ]; then
    export AIRFLOW__OPENLINEAGE__TRANSPORT="{\"type\":\"http\",\"url\":\"$OL_URL\",\"endpoint\":\"api/v1/lineage\"}"
  fi
}

start() {
  [ -x "$VENV/bin/airflow" ] || { echo "airflow: not installed; run airflow.sh install" >&2; exit 77; }
  echo '{"admin":"admin","op":"op","viewer":"viewer"}' >"$AIRFLOW_HOME/passwords.json"
  airflow db migrate >"$AIRFLOW_HOME/out/migrate.log" 2>&1 || { tail -20 "$AIRFLOW_HOME/out/migrate.log" >&2; exit 1; }
  launch
}
launch() {
  local c
  for c in $COMPONENTS; do
    running "$c" && continue
    # A process group of its own, so that stop reaches the workers as well.
    setsid airflow "$c" >>"$AIRFLOW_HOME/out/$c.log" 2>&1 </dev/null &
    echo $! >"$AIRFLOW_HOME/run/$c.pid"
  done
}
running() { local p; p=$(cat "$AIRFLOW_HOME/run/$1.pid" 2>/dev/null) && kill -0 "$p" 2>/dev/null; }

wait_ready() { # healthy does not mean parsed: DAGs appear some seconds later
  python3 - "$AIRFLOW__API__BASE_URL" "${WAIT_S:-120}" "${WAIT_DAGS:-}" <<'P'
import json, sys, time, urllib.request
base, limit, dags = sys.argv[1], float(sys.argv[2]), set(sys.argv[3].split())
start, seen = time.time(), None
def call(path, body=None, token=None):
    r = urllib.request.Request(base + path, data=body and json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    if token: r.add_header("Authorization", "Bearer " + token)
    return json.load(urllib.request.urlopen(r, timeout=5))
while time.time() - start < limit:
    try:
        seen = call("/api/v2/monitor/health")
        ok = all(seen[k]["status"] == "healthy" for k in ("metadatabase", "scheduler", "dag_processor", "triggerer"))
        if ok and dags:
            token = call("/auth/token", {"username": "admin", "password": "admin"})["access_token"]
            seen = {d["dag_id"] for d in call("/api/v2/dags?limit=1000", token=token)["dags"]}
            ok = dags <= seen
        if ok:
            print(base); sys.exit(0)
    except (OSError, ValueError, KeyError):
        pass
    time.sleep(0.25)
sys.exit("airflow: not ready after %.0f s: %s" % (limit, seen))
P
}

stop() { # TERM to the leaders, 20 s, then KILL of the groups
  local c pid i
  for c in $COMPONENTS; do
    pid=$(cat "$AIRFLOW_HOME/run/$c.pid" 2>/dev/null) && kill -TERM "$pid" 2>/dev/null || true
  done
  for c in $COMPONENTS; do
    pid=$(cat "$AIRFLOW_HOME/run/$c.pid" 2>/dev/null) || continue
    for i in $(seq 80); do kill -0 -- "-$pid" 2>/dev/null || break; sleep 0.25; done
    if kill -0 -- "-$pid" 2>/dev/null; then echo "airflow: $c killed" >&2; kill -KILL -- "-$pid" 2>/dev/null || true; fi
    rm -f "$AIRFLOW_HOME/run/$c.pid"
  done
}
status() {
  local c
  for c in $COMPONENTS; do
    if running "$c"; then
      ps -o rss= -g "$(cat "$AIRFLOW_HOME/run/$c.pid")" | awk -v c="$c" '{s+=$1; n++} END {printf "%-14s %d processes  RSS %d MB\n", c, n, s/1024}'
    else echo "$c down"; fi
  done
}

cmd=${1:-}
case $cmd in
  install) "$root/scripts/venv.sh" "$VENV" "$root/scripts/airflow-requirements.txt"; echo "$VENV/bin" ;;
  up) af_env "${2:?HOME}"; start; wait_ready ;;
  stop|status) af_env "${2:?HOME}"; "$cmd" ;;
  env) af_env "${2:?HOME}"; env | grep -E '^AIRFLOW' | sort ;;
  restart) af_env "${2:?HOME}"; COMPONENTS=${3:?COMPONENT}; stop; launch ;;
  run) af_env "${2:?HOME}"; shift 2; exec "$@" ;;
  *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
