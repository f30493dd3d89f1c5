"""The two clients."""

from __future__ import annotations

import os
import secrets
from types import TracebackType
from typing import Any, Dict, List, Mapping, Optional, Sequence, Type, cast

import httpx

from ._errors import HeadgateError
from ._gen.models import AcceptedEvent, AcceptedEvents, EventRequest
from ._gen.resources import API_VERSION, AsyncResources, Resources
from ._options import RequestOptions
from ._runs import AsyncRunningPipelines, AsyncWaitingRuns, RunningPipelines, WaitingRuns
from ._transport import AsyncTransport, Settings, Transport

_LOCAL = "http://127.0.0.1:8080"


class Headgate(Resources):
    """A client of one Headgate server. Close it, or use it with ``with``.

    ``token`` and ``base_url`` come from ``HEADGATE_TOKEN`` and ``HEADGATE_SERVER`` when they are left out. ``timeout`` is in
    seconds, for each step of an attempt. ``http`` is a client of your own; it is not closed.
    """

    pipelines: RunningPipelines
    runs: WaitingRuns

    def __init__(
        self,
        token: Optional[str] = None,
        base_url: Optional[str] = None,
        *,
        timeout: float = 60.0,
        max_retries: int = 4,
        headers: Optional[Mapping[str, str]] = None,
        http: Optional[httpx.Client] = None,
    ) -> None:
        settings = _settings(token, base_url, timeout, max_retries, headers)
        self._own = http is None
        self._transport = Transport(settings, http or httpx.Client())
        super().__init__(self._transport)
        self.runs = WaitingRuns(self._transport)
        self.pipelines = RunningPipelines(self._transport, self.runs)

    def emit(
        self,
        *,
        pipeline_id: Optional[str] = None,
        event_type: str,
        payload: Mapping[str, Any],
        idempotency_key: Optional[str] = None,
        key: Optional[str] = None,
        workspace: Optional[str] = None,
        options: Optional[RequestOptions] = None,
    ) -> AcceptedEvent:
        """Sends one event, and answers when it is durable.

        Repeated attempts make no second event: they have one key, yours or one that is made up for this call.
        """
        event = _event(pipeline_id, event_type, payload, idempotency_key, key, workspace)
        return cast(AcceptedEvent, self.events.send(event, options=_repeatable(options)))

    def emit_batch(
        self, events: Sequence[EventRequest], *, options: Optional[RequestOptions] = None
    ) -> AcceptedEvents:
        """Sends up to 10,000 events, of 16 MiB together, in one request.

        Each has a result of its own, in their order: the event, or why it was rejected. When all were rejected for the
        same reason, that is raised.
        """
        return cast(AcceptedEvents, self.events.send(_keyed(events), options=_repeatable(options)))

    def close(self) -> None:
        if self._own:
            self._transport.close()

    def __enter__(self) -> "Headgate":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()


class AsyncHeadgate(AsyncResources):
    """As ``Headgate``, for asyncio. Close it, or use it with ``async with``."""

    pipelines: AsyncRunningPipelines
    runs: AsyncWaitingRuns

    def __init__(
        self,
        token: Optional[str] = None,
        base_url: Optional[str] = None,
        *,
        timeout: float = 60.0,
        max_retries: int = 4,
        headers: Optional[Mapping[str, str]] = None,
        http: Optional[httpx.AsyncClient] = None,
    ) -> None:
        settings = _settings(token, base_url, timeout, max_retries, headers)
        self._own = http is None
        self._transport = AsyncTransport(settings, http or httpx.AsyncClient())
        super().__init__(self._transport)
        self.runs = AsyncWaitingRuns(self._transport)
        self.pipelines = AsyncRunningPipelines(self._transport, self.runs)

    async def emit(
        self,
        *,
        pipeline_id: Optional[str] = None,
        event_type: str,
        payload: Mapping[str, Any],
        idempotency_key: Optional[str] = None,
        key: Optional[str] = None,
        workspace: Optional[str] = None,
        options: Optional[RequestOptions] = None,
    ) -> AcceptedEvent:
        """Sends one event, and answers when it is durable; see ``Headgate.emit``."""
        event = _event(pipeline_id, event_type, payload, idempotency_key, key, workspace)
        return cast(AcceptedEvent, await self.events.send(event, options=_repeatable(options)))

    async def emit_batch(
        self, events: Sequence[EventRequest], *, options: Optional[RequestOptions] = None
    ) -> AcceptedEvents:
        """Sends up to 10,000 events in one request; see ``Headgate.emit_batch``."""
        return cast(AcceptedEvents, await self.events.send(_keyed(events), options=_repeatable(options)))

    async def close(self) -> None:
        if self._own:
            await self._transport.close()

    async def __aenter__(self) -> "AsyncHeadgate":
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.close()


def _settings(
    token: Optional[str],
    base_url: Optional[str],
    timeout: float,
    max_retries: int,
    headers: Optional[Mapping[str, str]],
) -> Settings:
    secret = token or os.environ.get("HEADGATE_TOKEN")
    if not secret:
        raise HeadgateError("a token is needed: Headgate(token=...), or HEADGATE_TOKEN in the environment")
    address = base_url or os.environ.get("HEADGATE_SERVER") or _LOCAL
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise HeadgateError(f"base_url is no address: {address}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise HeadgateError(f"base_url is not of http: {address}")
    agent = f"headgate-sdk-python/{API_VERSION}"
    return Settings(secret, address.rstrip("/"), timeout, max_retries, agent, headers or {})


def _event(
    pipeline_id: Optional[str],
    event_type: str,
    payload: Mapping[str, Any],
    idempotency_key: Optional[str],
    key: Optional[str],
    workspace: Optional[str],
) -> EventRequest:
    fields: Dict[str, Any] = {
        "pipeline_id": pipeline_id,
        "event_type": event_type,
        "payload": payload,
        "idempotency_key": idempotency_key or secrets.token_hex(16),
        "key": key,
        "workspace": workspace,
    }
    return cast(EventRequest, {name: value for name, value in fields.items() if value is not None})


def _keyed(events: Sequence[EventRequest]) -> List[EventRequest]:
    keyed = [{**event, "idempotency_key": event.get("idempotency_key") or secrets.token_hex(16)} for event in events]
    return cast(List[EventRequest], keyed)


def _repeatable(options: Optional[RequestOptions]) -> RequestOptions:
    # Every event has a key of its own.
    if options is None:
        return RequestOptions(repeatable=True)
    if options.repeatable is not None:
        return options
    return RequestOptions(options.timeout, options.max_retries, options.idempotency_key, True, options.headers)
