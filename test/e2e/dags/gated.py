"""DAGs that do next to nothing: one asks weir's gate, the others are started, by
weir, by hand and by an event of Airflow's own. What is measured is the way there.
"""

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Asset
from weir_gate import WeirGateSensor


def work():
    print("at work")


# A failed gate is not tried again, so that a test sees why.
with DAG("gated", schedule=None, default_args={"retries": 0}):
    WeirGateSensor(task_id="gate", timeout=600) >> PythonOperator(task_id="work", python_callable=work)

for name, schedule in (("by_weir", None), ("by_hand", None), ("by_asset", [Asset("weir-e2e")])):
    with DAG(name, schedule=schedule, default_args={"retries": 0}):
        PythonOperator(task_id="work", python_callable=work)
