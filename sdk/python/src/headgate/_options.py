"""What holds for single requests. All times are in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional


@dataclass(frozen=True)
class RequestOptions:
    timeout: Optional[float] = None
    """Seconds that each step of an attempt may take: connecting, sending, and every wait for more of the answer."""
    max_retries: Optional[int] = None
    idempotency_key: Optional[str] = None
    """For requests that take one; made up once for all attempts when left out."""
    repeatable: Optional[bool] = None
    """Whether it may be repeated when nobody knows what became of it; by its method and key when left out."""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StreamOptions:
    idle_timeout: float = 60.0
    """Seconds without a sign of life after which the connection is taken for dead."""
    max_reconnects: int = 10
    """How many connections in a row may bring nothing before the stream gives up."""
    last_event_id: Optional[str] = None
    """Where to go on: the ``id`` of the last event that was seen."""
    headers: Mapping[str, str] = field(default_factory=dict)
