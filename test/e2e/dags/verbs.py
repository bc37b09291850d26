"""Two DAGs for the verbs of people: one that goes on until it is stopped, or
takes no time; one of which a task fails the first time."""

import os

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG("slow", schedule=None, max_active_runs=2):
    BashOperator(task_id="work", bash_command="sleep {{ dag_run.conf.get('seconds', 0) }}")

with DAG("flaky", schedule=None):
    first = BashOperator(task_id="first", bash_command="true")
    mark = os.path.join(os.environ.get("VERBS_DIR", "/tmp"), "flaky-{{ run_id }}")
    first >> BashOperator(task_id="second", bash_command=f"test -e '{mark}' || {{ touch '{mark}'; exit 1; }}")
