"""DAGs that do next to nothing: one asks weir's gate, the others are started, by
weir, by hand and by an event of Airflow's own. What is measured is the way there.
"""

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Asset
from weir_gate import WeirGateSensor


def work():
    print("at work")


# Airflow's scheduler can take a task that goes on after a deferral for one that
# ended, when it is slow: the gate asks again, and is told the same. And on a busy
# machine a task fails before it begins, because its own API does not answer.
retried = {"retries": 2, "retry_delay": 1}

with DAG("gated", schedule=None, default_args=retried):
    WeirGateSensor(task_id="gate", timeout=600) >> PythonOperator(task_id="work", python_callable=work)

for name, schedule in (("by_weir", None), ("by_hand", None), ("by_asset", [Asset("weir-e2e")])):
    with DAG(name, schedule=schedule, default_args=retried):
        PythonOperator(task_id="work", python_callable=work)
