"""Sends START and COMPLETE of some runs of one job: emit.py URL|PATH JOB RUNS TRANSPORT COMPRESSION|append."""

import sys
import uuid
from datetime import datetime, timedelta, timezone

from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState

url, job, runs, transport, compression = sys.argv[1:6]
config = {"type": transport, "url": url, "auth": {"type": "api_key", "apiKey": "not-checked"}}
if transport == "file":
    config = {"type": "file", "log_file_path": url, "append": compression == "append"}
elif compression != "none":
    config["compression"] = compression
client = OpenLineageClient(config={"transport": config})
at = datetime(2026, 3, 1, tzinfo=timezone.utc)


def event(state, when, run):
    return RunEvent(
        eventType=state,
        eventTime=when.isoformat(),
        run=Run(runId=run),
        job=Job(namespace="clients", name=job),
        producer="https://example.com/emit.py",
        inputs=[InputDataset(namespace="kafka://k:9092", name="in")],
        outputs=[OutputDataset(namespace="kafka://k:9092", name=job + ".out")],
    )


for i in range(int(runs)):
    run = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{job}/{i}"))
    client.emit(event(RunState.START, at + timedelta(hours=i), run))
    client.emit(event(RunState.COMPLETE, at + timedelta(hours=i, minutes=1), run))
if hasattr(client.transport, "get_stats"):
    client.transport.wait_for_completion(timeout=60)
    stats = client.transport.get_stats()
    print(stats)
    if stats["failed"] or stats["pending"]:
        sys.exit(1)
client.close()
