"""Tests of weir_gate.py, in a Python that has Airflow but without a server of it:
python -m unittest weir_gate_test."""

import asyncio
import http.server
import json
import sys
import threading
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent / "plugins"))

from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException, TaskDeferred

import weir_gate


class FakeWeir:
    """Answers from a list, the last one for ever: (status, body)."""

    def __init__(self, *answers):
        self.answers, self.asked, self.shown = list(answers), [], []
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                fake.asked.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
                fake.shown.append(self.headers["Authorization"])
                status, body = fake.answers.pop(0) if len(fake.answers) > 1 else fake.answers[0]
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode() if isinstance(body, str) else json.dumps(body).encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_address[1]

    def connection(self, password=None):
        return SimpleNamespace(host="127.0.0.1", schema="http", port=self.port, password=password)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


RUN = {"decision": "run", "decisionId": "d1", "pins": [{"name": "raw", "version": "v1"}], "reasons": ["ready"]}
WAIT = {"decision": "wait", "decisionId": "d0", "reasons": ["not yet"]}
SKIP = {"decision": "skip", "decisionId": "d2", "pins": [], "reasons": ["nothing new"]}
DENY = {"decision": "deny", "decisionId": "d3", "reasons": ["frozen"]}


def trigger(**changes):
    kwargs = {
        "question": {"job": "prod/report", "key": "k", "runRef": "r"},
        "weir_conn_id": "weir",
        "on_unreachable": "wait",
        "unreachable_after": 0,
    }
    return weir_gate.WeirGateTrigger(**{**kwargs, **changes})


class Case(unittest.TestCase):
    def weir(self, *answers):
        fake = FakeWeir(*answers)
        self.addCleanup(fake.close)
        return fake

    def setUp(self):
        pause = mock.patch.object(weir_gate, "PAUSE", 0.001)
        pause.start()
        self.addCleanup(pause.stop)


class SensorTest(Case):
    def execute(self, fake, password=None, **kwargs):
        sensor = weir_gate.WeirGateSensor(task_id="gate", job="prod/report", key="k", run_ref="r", timeout=60, **kwargs)
        pushed = {}
        context = {"ti": SimpleNamespace(xcom_push=lambda key, value: pushed.update({key: value}))}
        with mock.patch.object(weir_gate.BaseHook, "get_connection", return_value=fake.connection(password)):
            try:
                sensor.execute(context)
            finally:
                self.pushed = pushed

    def test_run_passes_with_pins(self):
        fake = self.weir((200, RUN))
        self.execute(fake)
        self.assertEqual(self.pushed, {"pins": RUN["pins"], "decision_id": "d1"})
        self.assertEqual(fake.asked, [("/api/v1/gate", {"job": "prod/report", "key": "k", "runRef": "r"})])

    def test_the_key_is_shown(self):
        fake = self.weir((200, RUN))
        self.execute(fake)
        self.execute(fake, password="weir_k1_s")
        self.assertEqual(fake.shown, [None, "Bearer weir_k1_s"])

    def test_partition_is_asked_about(self):
        fake = self.weir((200, RUN))
        self.execute(fake, partition="2026-03-01")
        self.assertEqual(fake.asked[0][1]["partition"], "2026-03-01")
        self.assertIn("partition", weir_gate.WeirGateSensor.template_fields)

    def test_skip_skips(self):
        with self.assertRaises(AirflowSkipException):
            self.execute(self.weir((200, SKIP)))
        self.assertEqual(self.pushed["decision_id"], "d2")

    def test_deny_fails_for_good(self):
        with self.assertRaises(AirflowFailException):
            self.execute(self.weir((200, DENY)))

    def test_wait_leaves_the_worker(self):
        with self.assertRaises(TaskDeferred) as deferred:
            self.execute(self.weir((200, WAIT)))
        self.assertEqual(deferred.exception.method_name, "execute_complete")
        self.assertEqual(deferred.exception.timeout.total_seconds(), 60)
        self.assertEqual(deferred.exception.trigger.question, {"job": "prod/report", "key": "k", "runRef": "r"})

    def test_silence_is_the_triggers_business(self):
        for answer in ((503, "starting"), (200, "<html>"), (200, {"decision": "perhaps"}), (200, [])):
            with self.assertRaises(TaskDeferred, msg=answer):
                self.execute(self.weir(answer), on_unreachable="fail")

    def test_a_refused_question_fails_for_good(self):
        with self.assertRaises(AirflowFailException):
            self.execute(self.weir((400, {"detail": "no such job"})))

    def test_unknown_word(self):
        with self.assertRaises(ValueError):
            weir_gate.WeirGateSensor(task_id="gate", on_unreachable="pray")

    def test_unreachable_is_tried_again_by_airflow(self):
        sensor = weir_gate.WeirGateSensor(task_id="gate")
        with self.assertRaises(AirflowException) as failed:
            sensor.execute_complete({}, {"decision": "unreachable", "reasons": ["refused"]})
        self.assertNotIsInstance(failed.exception, AirflowFailException)


class TriggerTest(Case):
    def answer(self, fake, **changes):
        return asyncio.run(trigger(**changes).answer(fake.connection("weir_k1_s")))

    def test_asks_until_it_may(self):
        fake = self.weir((200, WAIT), (503, ""), (200, WAIT), (200, RUN))
        self.assertEqual(self.answer(fake), RUN)
        self.assertEqual(len(fake.asked), 4)
        for _, question in fake.asked:
            self.assertEqual(question, {"job": "prod/report", "key": "k", "runRef": "r", "waitSeconds": weir_gate.HOLD})
        self.assertEqual(fake.shown, ["Bearer weir_k1_s"] * 4)

    def test_on_unreachable(self):
        fake = self.weir((503, ""))
        self.assertEqual(self.answer(fake, on_unreachable="run")["decision"], "run")
        self.assertEqual(self.answer(fake, on_unreachable="fail")["decision"], "unreachable")
        fake.close()
        self.assertEqual(self.answer(fake, on_unreachable="run")["pins"], [])

    def test_a_restart_is_no_outage(self):
        fake = self.weir((503, ""), (200, DENY))
        self.assertEqual(self.answer(fake, on_unreachable="run", unreachable_after=60), DENY)

    def test_another_triggerer_goes_on(self):
        path, kwargs = trigger(on_unreachable="fail").serialize()
        self.assertEqual(path, "weir_gate.WeirGateTrigger")
        again = weir_gate.WeirGateTrigger(**json.loads(json.dumps(kwargs)))
        self.assertEqual(again.serialize(), (path, kwargs))


if __name__ == "__main__":
    unittest.main()
