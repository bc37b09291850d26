"""The shop's three DAGs: ingest writes raw.orders, dbt_build makes the mart,
report_daily asks weir's gate and then reads the mart.

They know nothing of each other: what follows what is weir's business.
"""

import os

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.http.sensors.http import HttpSensor
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

# conf {"amount": null} brings a row that dbt's test refuses.
with DAG("ingest", schedule=None, params={"amount": 10}):
    SQLExecuteQueryOperator(
        task_id="load",
        conn_id="shop",
        sql=[
            "delete from raw.orders where amount is null",
            "insert into raw.orders (customer, amount) values "
            "('c1', {{ 'null' if params.amount is none else params.amount }})",
        ],
    )

with DAG("dbt_build", schedule=None, max_active_runs=1):
    BashOperator(
        task_id="build",
        bash_command="cd $DBT_PROJECT_DIR && sleep $DBT_DELAY && dbt-ol build --no-use-colors",
        append_env=True,
        env={
            "PATH": os.environ["DBT_BIN"] + ":" + os.environ["PATH"],
            "DBT_DELAY": "{{ dag_run.conf.get('delay', 0) }}",
            "OPENLINEAGE_NAMESPACE": "dbt",
            "OPENLINEAGE_PARENT_ID": "{{ macros.OpenLineageProviderPlugin.lineage_parent_id(task_instance) }}",
            "OPENLINEAGE_ROOT_PARENT_ID": "{{ macros.OpenLineageProviderPlugin.lineage_root_parent_id(task_instance) }}",
        },
    )

with DAG("report_daily", schedule=None):
    gate = HttpSensor(
        task_id="gate",
        http_conn_id="weir",
        method="POST",
        endpoint="api/v1/gate?reply=status",
        headers={"Content-Type": "application/json"},
        request_params='{"job": {"type": "job", "namespace": "prod", "name": "report_daily"},'
        ' "key": "{{ run_id }}", "runRef": "{{ run_id }}"}',
        # 404 is weir's "wait", 503 its "not ready yet".
        response_error_codes_allowlist=["404", "503"],
        mode="reschedule",
        poke_interval=15,
        timeout=600,
        retries=3,
        retry_delay=5,
    )
    gate >> SQLExecuteQueryOperator(
        task_id="report",
        conn_id="shop",
        sql=[
            "delete from report.daily",
            "insert into report.daily (total) select sum(amount) from marts.orders",
        ],
    )
