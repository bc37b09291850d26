"""A deferrable sensor that asks weir whether a DAG run may go on.

Copy this file into Airflow's plugins folder, or anywhere on the Python path of
the worker and of the triggerer. It needs Airflow 3 and nothing else.

    from weir_gate import WeirGateSensor

    gate = WeirGateSensor(task_id="gate")        # may this DAG run go on?
    gate >> build

While weir says wait, the task is in state "deferred": a line in the triggerer and
no worker slot. The question is the same after a restart of the triggerer, the
scheduler or weir, and weir gives the same question the same answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import httpx

from airflow.sdk import BaseHook, BaseSensorOperator, conf
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from airflow.triggers.base import BaseTrigger, TriggerEvent

HOLD = 25  # seconds for which weir is asked to hold a question; 30 at most
PAUSE = 1  # seconds between questions that were not held


class WeirGateSensor(BaseSensorOperator):
    """Waits until weir answers run or skip; fails when it denies.

    run: the task succeeds, with what the run should read in XCom "pins" (a list
    of namespace, name, version, partition, producedAt) and the decision in "decision_id".
    skip: the task is skipped, and with it what follows it.
    deny: the task fails, without retries.

    :param job: the job that asks, NAMESPACE/NAME. Default: this DAG, in the
        namespace of its OpenLineage events. (templated)
    :param key: what the run is for; the same key gets the same answer. Default:
        the run id. (templated)
    :param partition: the partition that the run is to make, such as "{{ ds }}":
        weir says whether what that one is made of is there. Default: none named.
        (templated)
    :param run_ref: the id of the run that asks, so that weir does not hold a run
        because of itself. Default: the run id. (templated)
    :param weir_conn_id: an HTTP connection to weir; its password is the key of an
        operator, where weir asks who calls.
    :param on_unreachable: when weir does not answer: "wait" (ask again until
        `timeout`), "run" or "fail".
    :param unreachable_after: seconds for which a weir that does not answer is
        asked again before on_unreachable holds; a restart is no outage.

    `timeout` (of every sensor) ends the wait: the task fails, or is skipped with
    soft_fail.
    """

    template_fields: Sequence[str] = ("job", "key", "partition", "run_ref")
    ui_color = "#d7ecf5"

    def __init__(
        self,
        *,
        job: str = "",
        key: str = "{{ run_id }}",
        partition: str = "",
        run_ref: str = "{{ run_id }}",
        weir_conn_id: str = "weir",
        on_unreachable: str = "wait",
        unreachable_after: float = 30,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        if on_unreachable not in ("wait", "run", "fail"):
            raise ValueError(f"on_unreachable is {on_unreachable!r}: want wait, run or fail")
        self.job = job
        self.key = key
        self.partition = partition
        self.run_ref = run_ref
        self.weir_conn_id = weir_conn_id
        self.on_unreachable = on_unreachable
        self.unreachable_after = unreachable_after

    def execute(self, context) -> None:
        """Asks once without waiting, and leaves the worker when it has to wait."""
        question = {"job": self.job or self._own_job(), "key": self.key, "runRef": self.run_ref}
        if self.partition:
            question["partition"] = self.partition
        try:
            answer = _ask_now(BaseHook.get_connection(self.weir_conn_id), question)
        except Unreachable as error:
            self.log.warning("%s", error)
            answer = {"decision": "wait"}
        if answer["decision"] != "wait":
            self.execute_complete(context, answer)
            return
        self.log.info("waiting: %s", "; ".join(answer.get("reasons", [])))
        self.defer(
            trigger=WeirGateTrigger(
                question=question,
                weir_conn_id=self.weir_conn_id,
                on_unreachable=self.on_unreachable,
                unreachable_after=self.unreachable_after,
            ),
            method_name="execute_complete",
            timeout=timedelta(seconds=self.timeout),
        )

    def execute_complete(self, context, event: dict[str, Any]) -> None:
        """Ends the task as the answer says."""
        why = "; ".join(event.get("reasons", []))
        self.log.info("%s (decision %s): %s", event["decision"], event.get("decisionId") or "none", why)
        if event["decision"] == "unreachable":
            raise AirflowException(f"weir does not answer: {why}")
        if event["decision"] == "deny":
            raise AirflowFailException(f"weir denies the run: {why}")
        context["ti"].xcom_push(key="pins", value=event.get("pins", []))
        context["ti"].xcom_push(key="decision_id", value=event.get("decisionId", ""))
        if event["decision"] == "skip":
            raise AirflowSkipException(f"weir says skip: {why}")

    def _own_job(self) -> str:
        namespace = conf.get("openlineage", "namespace", fallback="") or "default"
        return f"{namespace}/{self.dag_id}"


class WeirGateTrigger(BaseTrigger):
    """Asks weir until the answer is not wait. All it knows is serialized, so that
    another triggerer goes on with the same question."""

    def __init__(
        self, question: dict[str, str], weir_conn_id: str, on_unreachable: str, unreachable_after: float
    ) -> None:
        super().__init__()
        self.question = question
        self.weir_conn_id = weir_conn_id
        self.on_unreachable = on_unreachable
        self.unreachable_after = unreachable_after

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class and what makes it again."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "question": self.question,
                "weir_conn_id": self.weir_conn_id,
                "on_unreachable": self.on_unreachable,
                "unreachable_after": self.unreachable_after,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Gives one event: the answer."""
        yield TriggerEvent(await self.answer(await BaseHook.aget_connection(self.weir_conn_id)))

    async def answer(self, connection) -> dict[str, Any]:
        """The first answer that is not wait, or what on_unreachable makes of silence."""
        silent_since, base = None, _base_url(connection)
        async with httpx.AsyncClient(timeout=HOLD + 10, headers=_headers(connection)) as client:
            while True:
                asked = time.monotonic()
                try:
                    answer = _read(await client.post(_url(base), json={**self.question, "waitSeconds": HOLD}))
                    silent_since = None
                    if answer["decision"] != "wait":
                        return answer
                except (Unreachable, httpx.TransportError) as error:
                    silent_since = silent_since or asked
                    self.log.warning("weir does not answer at %s: %r", base, error)
                    if self.on_unreachable != "wait" and time.monotonic() - silent_since >= self.unreachable_after:
                        return self._silence(error)
                # A question that weir held needs no pause.
                if time.monotonic() - asked < PAUSE:
                    await asyncio.sleep(PAUSE)

    def _silence(self, error: Exception) -> dict[str, Any]:
        decision = "run" if self.on_unreachable == "run" else "unreachable"
        return {"decision": decision, "reasons": [f"weir does not answer: {error!r}"], "pins": []}


class Unreachable(AirflowException):
    """weir gave no answer that can be used; it may give one later."""


def _base_url(connection) -> str:
    if "://" in (connection.host or ""):
        base = connection.host
    else:
        base = f"{connection.schema or 'http'}://{connection.host}"
    return f"{base}:{connection.port}" if connection.port else base


def _headers(connection) -> dict[str, str]:
    return {"Authorization": f"Bearer {connection.password}"} if connection.password else {}


def _url(base: str) -> str:
    return base.rstrip("/") + "/api/v1/gate"


def _ask_now(connection, question: dict[str, str]) -> dict[str, Any]:
    base = _base_url(connection)
    try:
        return _read(httpx.post(_url(base), json=question, timeout=10, headers=_headers(connection)))
    except httpx.TransportError as error:
        raise Unreachable(f"weir does not answer at {base}: {error!r}") from error


def _read(response: httpx.Response) -> dict[str, Any]:
    """The answer. A question that weir refuses is wrong and stays so."""
    if 400 <= response.status_code < 500 and response.status_code not in (408, 425, 429):
        raise AirflowFailException(f"weir refuses the question: {response.status_code} {response.text[:1000]}")
    if response.status_code != 200:
        raise Unreachable(f"{response.status_code} {response.text[:200]}")
    try:
        answer = response.json()
    except ValueError as error:
        raise Unreachable(f"unreadable answer: {response.text[:200]}") from error
    if not isinstance(answer, dict) or answer.get("decision") not in ("run", "wait", "skip", "deny"):
        raise Unreachable(f"unreadable answer: {response.text[:200]}")
    return answer
