"""Runs that can be waited for."""

from __future__ import annotations

import asyncio
import time
from typing import AsyncIterator, Iterator, Mapping, Optional, Union

from ._errors import HeadgateError
from ._gen.models import Run
from ._gen.resources import AsyncPipelines, AsyncRuns, Pipelines, Runs
from ._options import RequestOptions, StreamOptions
from ._stream import ServerEvent
from ._transport import AsyncTransport, Transport

_FIRST_LOOK = 0.2
_RAREST_LOOK = 3.0
_ENDED = ("success", "failed", "cancelled")

Variables = Mapping[str, Union[str, float, bool]]


class WaitTimeoutError(HeadgateError, TimeoutError):
    """The run had not ended within ``timeout``; it goes on."""

    run: Run
    """As it was seen last."""

    def __init__(self, run: Run, timeout: float) -> None:
        super().__init__(f"{run.id} is still {run.status} after {timeout:g} s")
        self.run = run


class _Looks:
    """When to look at a run again."""

    def __init__(self, timeout: Optional[float]) -> None:
        self._timeout = timeout
        self._begin = time.monotonic()
        self._pause = _FIRST_LOOK

    def pause(self, run: Run) -> float:
        """Seconds to the next look; raises ``WaitTimeoutError`` when there is none."""
        pause = self._pause
        self._pause = min(_RAREST_LOOK, pause * 1.5)
        if self._timeout is None:
            return pause
        left = self._begin + self._timeout - time.monotonic()
        if left <= 0:
            raise WaitTimeoutError(run, self._timeout)
        return min(pause, left)


class WaitingRuns(Runs):
    """Runs, and waiting for them."""

    def wait(self, run_id: str, *, timeout: Optional[float] = None, workspace: Optional[str] = None) -> Run:
        """The run once it has ended, in whatever way. Raises ``WaitTimeoutError``."""
        looks = _Looks(timeout)
        while True:
            run = self.get(run_id, workspace=workspace)
            if run.status in _ENDED:
                return run
            time.sleep(looks.pause(run))


class AsyncWaitingRuns(AsyncRuns):
    """Runs, and waiting for them."""

    async def wait(self, run_id: str, *, timeout: Optional[float] = None, workspace: Optional[str] = None) -> Run:
        """The run once it has ended, in whatever way. Raises ``WaitTimeoutError``."""
        looks = _Looks(timeout)
        while True:
            run = await self.get(run_id, workspace=workspace)
            if run.status in _ENDED:
                return run
            await asyncio.sleep(looks.pause(run))


class RunHandle(Run):
    """A run, and what can be done with it."""

    _runs: WaitingRuns

    @staticmethod
    def of(run: Run, runs: WaitingRuns) -> "RunHandle":
        made = object.__new__(RunHandle)
        made.__dict__.update(run.__dict__, _runs=runs)
        return made

    def wait(self, timeout: Optional[float] = None) -> Run:
        """The run once it has ended, in whatever way: look at its ``status``. Raises ``WaitTimeoutError``."""
        return self._runs.wait(self.id, timeout=timeout, workspace=self.workspace)

    def refresh(self) -> "RunHandle":
        """The run as it is now."""
        return RunHandle.of(self._runs.get(self.id, workspace=self.workspace), self._runs)

    def cancel(self) -> Run:
        return self._runs.cancel(self.id, workspace=self.workspace)

    def stream_logs(self, *, options: Optional[StreamOptions] = None) -> Iterator[ServerEvent]:
        """Its log, as it is written."""
        return self._runs.stream_logs(self.id, workspace=self.workspace, options=options)


class AsyncRunHandle(Run):
    """A run, and what can be done with it."""

    _runs: AsyncWaitingRuns

    @staticmethod
    def of(run: Run, runs: AsyncWaitingRuns) -> "AsyncRunHandle":
        made = object.__new__(AsyncRunHandle)
        made.__dict__.update(run.__dict__, _runs=runs)
        return made

    async def wait(self, timeout: Optional[float] = None) -> Run:
        """The run once it has ended, in whatever way: look at its ``status``. Raises ``WaitTimeoutError``."""
        return await self._runs.wait(self.id, timeout=timeout, workspace=self.workspace)

    async def refresh(self) -> "AsyncRunHandle":
        """The run as it is now."""
        return AsyncRunHandle.of(await self._runs.get(self.id, workspace=self.workspace), self._runs)

    async def cancel(self) -> Run:
        return await self._runs.cancel(self.id, workspace=self.workspace)

    def stream_logs(self, *, options: Optional[StreamOptions] = None) -> AsyncIterator[ServerEvent]:
        """Its log, as it is written."""
        return self._runs.stream_logs(self.id, workspace=self.workspace, options=options)


class RunningPipelines(Pipelines):
    """Pipelines whose runs can be waited for."""

    def __init__(self, transport: Transport, runs: WaitingRuns) -> None:
        super().__init__(transport)
        self._runs = runs

    def run(
        self,
        id: str,
        *,
        workspace: Optional[str] = None,
        full_refresh: Optional[bool] = None,
        dry_run: Optional[bool] = None,
        variables: Optional[Variables] = None,
        options: Optional[RequestOptions] = None,
    ) -> RunHandle:
        """Starts a run; ``run.wait(timeout=300)`` waits for its end."""
        started = super().run(
            id,
            workspace=workspace,
            full_refresh=full_refresh,
            dry_run=dry_run,
            variables=variables,
            options=options,
        )
        return RunHandle.of(started, self._runs)


class AsyncRunningPipelines(AsyncPipelines):
    """Pipelines whose runs can be waited for."""

    def __init__(self, transport: AsyncTransport, runs: AsyncWaitingRuns) -> None:
        super().__init__(transport)
        self._runs = runs

    async def run(
        self,
        id: str,
        *,
        workspace: Optional[str] = None,
        full_refresh: Optional[bool] = None,
        dry_run: Optional[bool] = None,
        variables: Optional[Variables] = None,
        options: Optional[RequestOptions] = None,
    ) -> AsyncRunHandle:
        """Starts a run; ``await run.wait(timeout=300)`` waits for its end."""
        started = await super().run(
            id,
            workspace=workspace,
            full_refresh=full_refresh,
            dry_run=dry_run,
            variables=variables,
            options=options,
        )
        return AsyncRunHandle.of(started, self._runs)
