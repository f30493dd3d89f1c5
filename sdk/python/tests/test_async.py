"""The async client against a served Headgate."""

from __future__ import annotations

import asyncio
from typing import Any, Awaitable, List

import pytest
from conftest import Lab

from headgate import AsyncHeadgate, NotFoundError, RateLimitError, RequestOptions, WaitTimeoutError, models


def test_pipelines_runs_and_logs(lab: Lab) -> None:
    async def main() -> None:
        async with AsyncHeadgate(token=lab.token, base_url=lab.url) as client:
            names = [pipeline.name async for pipeline in client.pipelines.list(page_size=2)]
            assert names == ["orders-stream", "slow-export", "user-analytics"]
            run = await client.pipelines.run("user-analytics", full_refresh=True)
            assert (await run.wait(timeout=60)).status == "success"
            assert (await run.refresh()).rows_loaded == 892
            events = [event.event async for event in run.stream_logs()]
            assert events.count("log") > 0 and events[-1] == "end"
            assert len((await (await client.runs.download(run.id, format="csv")).read()).splitlines()) == 893
            assert (await client.pipelines.runs("user-analytics", limit=1).all())[0].id == run.id
            with pytest.raises(NotFoundError):
                await client.pipelines.get("nobody")

    asyncio.run(main())


def test_events_over_a_network_that_fails(lab: Lab) -> None:
    async def main() -> None:
        async with AsyncHeadgate(token=lab.token, base_url=lab.proxy) as client:
            lab.faults({"do": "reset", "when": "after"}, {"do": "answer", "status": 503})
            sent = await client.emit(pipeline_id="orders-stream", event_type="async.once", payload={"a_b": 1})
            stored = await client.events.list(pipeline_id="orders-stream", event_type="async.once").all()
            assert [(event.id, event.payload) for event in stored] == [(sent.id, {"a_b": 1})]
            batch = await client.emit_batch([{"pipeline_id": "orders-stream", "event_type": "x", "payload": {}}])
            assert isinstance(batch.data[0], models.AcceptedEvent)
            lab.faults({"do": "answer", "status": 429, "headers": {"retry-after": "100"}})
            with pytest.raises(RateLimitError):
                await client.pipelines.get("x")

    asyncio.run(main())


def test_live_events_survive_a_restart_of_the_server(lab: Lab) -> None:
    async def main() -> None:
        async with AsyncHeadgate(token=lab.token, base_url=lab.url) as client:
            start = (await client.emit(pipeline_id="orders-stream", event_type="mark", payload={})).received_at
            batch: List[models.EventRequest] = [
                {"pipeline_id": "orders-stream", "event_type": "live.async", "payload": {"n": n}} for n in range(40)
            ]
            await client.emit_batch(batch[:20])
            seen: List[int] = []
            stream = client.events.stream(pipeline_id="orders-stream", event_type="live.async", from_=start)
            async for event in stream:
                seen.append(event.data.payload["n"])
                if len(seen) == 10:
                    lab.ask_restart()
                    await asyncio.get_running_loop().run_in_executor(None, lab.restarted)
                    await client.emit_batch(batch[20:])
                if len(seen) == 40:
                    break
            assert seen == list(range(40))

    asyncio.run(main())


def test_cancellation_ends_requests_waits_lists_and_streams(lab: Lab) -> None:
    async def cancelled(work: Awaitable[Any]) -> bool:
        try:
            await asyncio.wait_for(work, 0.2)
        except asyncio.TimeoutError:
            return True
        return False

    async def main() -> None:
        async with AsyncHeadgate(token=lab.token, base_url=lab.proxy) as client:
            lab.faults({"do": "hang"})
            assert await cancelled(client.pipelines.get("x"))
            lab.faults({"do": "answer", "status": 429, "headers": {"retry-after": "30"}})
            assert await cancelled(client.pipelines.get("x"))
            lab.faults({"do": "hang"})
            assert await cancelled(client.pipelines.list().all())
            lab.faults()
            stream = client.events.stream(pipeline_id="orders-stream")
            assert await cancelled(stream.__anext__())
            run = await client.pipelines.run("slow-export")
            assert await cancelled(run.wait())
            with pytest.raises(WaitTimeoutError):
                await run.wait(timeout=0.1)
            await client.runs.cancel(run.id, options=RequestOptions(timeout=30))
            assert (await run.wait(timeout=60)).status == "cancelled"

    asyncio.run(main())
