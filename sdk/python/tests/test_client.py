"""The sync client against a served Headgate, also over a network that fails."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Dict, List

import pytest
from conftest import Lab

from headgate import (
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    Headgate,
    HeadgateError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RequestOptions,
    RequestTimeoutError,
    ServerError,
    WaitTimeoutError,
    models,
)

BUSY: Dict[str, Any] = {
    "do": "answer",
    "status": 429,
    "headers": {"retry-after": "1"},
    "body": '{"code":"rate_limited","detail":"too much","hint":"wait","request_id":"req_x"}',
}
AWAY: Dict[str, Any] = {"do": "answer", "status": 503, "body": "<h1>503</h1>"}
FAULTS = [
    pytest.param(AWAY, id="503"),
    pytest.param({"do": "reset", "when": "before"}, id="reset before the server hears of it"),
    pytest.param({"do": "reset", "when": "after"}, id="reset before the server is heard"),
    pytest.param({"do": "cut", "after": 20}, id="an answer that breaks off"),
]


def order(n: int, event_type: str = "order.created") -> models.EventRequest:
    return {"pipeline_id": "orders-stream", "event_type": event_type, "payload": {"order_no": n}}


def test_pipelines_and_runs(client: Headgate, tmp_path: Path) -> None:
    assert [pipeline.name for pipeline in client.pipelines.list()] == ["orders-stream", "slow-export", "user-analytics"]
    page = client.pipelines.list(page_size=2).page()
    assert (len(page.data), page.has_more, page.total) == (2, True, 3)
    pipeline = client.pipelines.get("user-analytics")
    assert (pipeline.name, pipeline.version, pipeline.status, pipeline.batch_size) == ("user-analytics", "1.0", "active", 100)
    # What is the user's own keeps its keys.
    assert pipeline.config is not None
    assert pipeline.config["source"]["settings"] == {"rows": 892}
    assert isinstance(pipeline.conditions[0], models.PipelineCondition)

    run = client.pipelines.run("user-analytics", full_refresh=True, variables={"REGION": "us"})
    assert (run.pipeline, run.full_refresh, run.triggered_by) == ("user-analytics", True, "api")
    result = run.wait(timeout=60)
    assert (result.id, result.status, result.rows_loaded, result.variables) == (run.id, "success", 892, {"REGION": "us"})
    assert run.refresh().status == "success"
    assert client.pipelines.runs("user-analytics", limit=10).all()[0].id == run.id

    client.runs.download(run.id, format="csv").save(tmp_path / "out.csv")
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 893
    lines = [event.data.message for event in run.stream_logs() if event.event == "log"]
    assert len(client.runs.logs(run.id).logs.splitlines()) == len(lines) > 0


def test_waiting_ends_in_time_and_runs_are_cancelled(client: Headgate) -> None:
    run = client.pipelines.run("slow-export")
    with pytest.raises(WaitTimeoutError) as late:
        run.wait(timeout=0.3)
    assert late.value.run.id == run.id
    assert isinstance(late.value, TimeoutError)
    run.cancel()
    assert run.wait(timeout=60).status == "cancelled"


def test_definitions_are_changed_through_git(client: Headgate) -> None:
    name = "made-by-python"
    settings = {"path": "made_here.ndjson"}
    made = client.pipelines.create(
        name=name,
        batch_size=7,
        source={"connector": "events"},
        destination={"connector": "file", "settings": settings},
        labels={"acme.dev/cost_center": "a_b"},
    )
    assert isinstance(made, models.Pipeline)
    assert (made.name, made.batch_size, made.labels) == (name, 7, {"acme.dev/cost_center": "a_b"})
    planned = client.pipelines.patch(name, batch_size=8, dry_run=True)
    assert isinstance(planned, models.Plan)
    assert [change.action for change in planned.changes] == ["update"]
    changed = client.pipelines.patch(name, batch_size=8)
    assert isinstance(changed, models.Pipeline)
    assert changed.batch_size == 8
    config = client.pipelines.get(name).config
    assert config is not None
    assert config["destination"]["settings"] == settings
    with pytest.raises(ConflictError):
        client.pipelines.create(name=name, source={"connector": "events"}, destination={"connector": "file"})
    gone = client.pipelines.delete(name)
    assert isinstance(gone, models.Deleted)


def test_events_keep_their_keys_and_come_once(client: Headgate, lab: Lab) -> None:
    payload = {"orderId": "ord_1042", "snake_case": {"deep_er": [1, {"a_b": None}]}, "large": 2**70}
    sent = [
        client.emit(pipeline_id="orders-stream", event_type="order.created", payload=payload, idempotency_key="py-1")
        for _ in range(2)
    ]
    assert sent[0].event_id == sent[1].event_id
    assert (sent[0].pipeline_id, sent[0].status) == (lab.stream_id, "accepted")
    assert client.events.get(sent[0].event_id).payload == payload


def test_events_of_a_batch_have_their_own_results(client: Headgate) -> None:
    sent = client.emit_batch([order(1), {**order(2), "pipeline_id": "nobody"}])
    assert (sent.accepted, sent.rejected) == (1, 1)
    assert isinstance(sent.data[0], models.AcceptedEvent)
    assert isinstance(sent.data[1], models.RejectedEvent)
    assert sent.data[1].index == 1


def test_huge_lists_come_page_by_page(client: Headgate, shaky: Headgate, lab: Lab) -> None:
    for _ in range(4):
        client.emit_batch([order(n, "huge.python") for n in range(2500)])
    ids = {event.id for event in shaky.events.list(pipeline_id="orders-stream", event_type="huge.python", page_size=1000)}
    assert len(ids) == 10_000
    assert len(lab.seen()) >= 10
    lab.faults(AWAY)
    assert len(shaky.events.filter(event_type="huge.python", limit=1500).all()) == 1500


def test_live_events_survive_a_restart_of_the_server(client: Headgate, lab: Lab) -> None:
    start = client.emit(pipeline_id="orders-stream", event_type="mark", payload={}).received_at
    client.emit_batch([order(n, "live.python") for n in range(20)])
    seen: List[int] = []
    for event in client.events.stream(pipeline_id="orders-stream", event_type="live.python", from_=start):
        assert isinstance(event.data, models.Event)
        seen.append(event.data.payload["order_no"])
        if len(seen) == 10:
            lab.ask_restart()
            lab.restarted()
            client.emit_batch([order(n, "live.python") for n in range(20, 40)])
        if len(seen) == 40:
            break
    assert seen == list(range(40))


def test_logs_go_on_where_they_broke_off(client: Headgate, shaky: Headgate, lab: Lab) -> None:
    run = client.pipelines.run("user-analytics")
    run.wait(timeout=60)
    lab.faults({"do": "cut", "after": 200}, {"do": "reset", "when": "before"}, AWAY)
    ids = [event.id for event in shaky.runs.stream_logs(run.id) if event.event == "log"]
    assert ids == [str(at + 1) for at in range(len(ids))]
    seen = lab.seen()
    assert len(seen) == 4
    assert seen[3]["headers"].get("last-event-id") == seen[2]["headers"].get("last-event-id")


def test_429_is_waited_for_as_long_as_it_says(shaky: Headgate, lab: Lab) -> None:
    lab.faults(BUSY)
    begin = time.monotonic()
    assert shaky.pipelines.get("user-analytics").name == "user-analytics"
    assert time.monotonic() - begin >= 1
    assert len(lab.seen()) == 2


def test_429_that_does_not_end(shaky: Headgate, lab: Lab) -> None:
    lab.faults(BUSY, BUSY)
    with pytest.raises(RateLimitError) as busy:
        shaky.pipelines.get("x", options=RequestOptions(max_retries=1))
    error = busy.value
    assert (error.code, error.hint, error.request_id, error.retry_after) == ("rate_limited", "wait", "req_x", 1.0)
    lab.faults({**BUSY, "headers": {"retry-after": "86400"}})
    with pytest.raises(RateLimitError):
        shaky.pipelines.get("x")


@pytest.mark.parametrize("fault", FAULTS)
def test_tried_again_and_done_once(fault: Any, client: Headgate, shaky: Headgate, lab: Lab) -> None:
    before = len(client.pipelines.runs("slow-export").all())
    lab.faults(fault)
    run = shaky.pipelines.run("slow-export")
    assert len(client.pipelines.runs("slow-export").all()) == before + 1
    keys = [request["headers"]["idempotency-key"] for request in lab.seen()]
    assert (len(keys), len(set(keys))) == (2, 1)
    client.runs.cancel(run.id)

    lab.faults(fault, fault)
    sent = shaky.emit(**order(1, f"once.{run.id}"))
    stored = client.events.list(pipeline_id="orders-stream", event_type=f"once.{run.id}").all()
    assert [event.id for event in stored] == [sent.id]


def test_no_answer(shaky: Headgate, lab: Lab) -> None:
    lab.faults({"do": "hang"})
    assert shaky.pipelines.get("user-analytics", options=RequestOptions(timeout=0.3)).name == "user-analytics"
    lab.faults({"do": "hang"})
    with pytest.raises(RequestTimeoutError):
        shaky.pipelines.get("user-analytics", options=RequestOptions(timeout=0.3, max_retries=0))


def test_nobody_there_or_somebody_else(lab: Lab, shaky: Headgate) -> None:
    with Headgate(token="x", base_url="http://127.0.0.1:9", max_retries=1) as nobody:
        with pytest.raises(ConnectionFailedError):
            nobody.pipelines.get("x")
    lab.faults({"do": "answer", "status": 200, "body": "<html>welcome</html>"})
    with pytest.raises(HeadgateError, match="no JSON: is this address a Headgate server"):
        shaky.pipelines.get("x")
    lab.faults({"do": "answer", "status": 500, "body": "oops"})
    with pytest.raises(ServerError):
        shaky.pipelines.get("x")


def test_refusals(client: Headgate, lab: Lab) -> None:
    with pytest.raises(NotFoundError) as missing:
        client.pipelines.get("nobody")
    assert (missing.value.status, missing.value.code) == (404, "not_found")
    assert missing.value.request_id and missing.value.request_id.startswith("req_")
    assert missing.value.hint
    with Headgate(token="hg_test_wrong", base_url=lab.url) as stranger:
        with pytest.raises(AuthenticationError):
            stranger.pipelines.get("x")
        with pytest.raises(AuthenticationError):
            next(stranger.events.stream())
    with Headgate(token=lab.read_token, base_url=lab.url) as reader:
        with pytest.raises(PermissionDeniedError):
            reader.pipelines.run("user-analytics")
    with pytest.raises(InvalidRequestError) as wrong:
        client.pipelines.run("user-analytics", variables={"1bad": "x"})
    assert wrong.value.issues[0].pointer
    for name in ("", ".", ".."):
        with pytest.raises(ValueError):
            client.pipelines.get(name)
