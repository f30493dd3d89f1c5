"""Live streams: what they bring, and how they go on after a broken connection."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any, Dict, Iterator, Mapping, Optional, Type

from ._errors import ApiError, ConnectionFailedError
from ._model import Model, Shape, decode
from ._options import StreamOptions
from ._retry import wait_before
from ._sse import Block

_WAIT = 1.0


@dataclass(frozen=True)
class ServerEvent:
    """An event of a live stream."""

    event: str
    id: Optional[str]
    """Where a later stream can go on, as ``last_event_id``; None before the server has named a place."""
    data: Any
    """The model of this event."""


class Following:
    """Where a stream is. What never waits and never reads is here, for both kinds of clients.

    A connection that ends or breaks is opened anew after the last event that came, so that none is left out; an event called
    ``end`` is the last.
    """

    def __init__(self, events: Mapping[str, Shape], models: Mapping[str, Type[Model]], options: StreamOptions) -> None:
        self.ended = False
        self._events = events
        self._models = models
        self._options = options
        self._last_id = options.last_event_id
        self._wait = _WAIT
        self._failures = 0

    def headers(self) -> Dict[str, str]:
        position = {} if self._last_id is None else {"last-event-id": self._last_id}
        return {"accept": "text/event-stream", **position}

    def take(self, block: Block) -> Iterator[ServerEvent]:
        self._failures = 0
        if block.id is not None:
            self._last_id = block.id
        if block.retry is not None:
            self._wait = block.retry
        if block.data is None or block.event not in self._events:
            return
        data = decode(json.loads(block.data), self._events[block.event], self._models)
        self.ended = block.event == "end"
        yield ServerEvent(block.event, self._last_id, data)

    def broken(self, error: Optional[Exception]) -> float:
        """Seconds to wait before the next connection; raises what none can mend. None: the server closed it."""
        failure = error or ConnectionFailedError("the stream ended before its end")
        backoff = wait_before(self._failures, failure, True, random.random())
        if backoff is None or self._failures >= self._options.max_reconnects:
            raise failure
        asked = failure.retry_after or 0.0 if isinstance(failure, ApiError) else 0.0
        first = self._failures == 0
        self._failures += 1
        return max(asked, self._wait if first else backoff)
