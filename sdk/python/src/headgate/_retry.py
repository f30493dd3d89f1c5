"""When a request is sent again."""

from __future__ import annotations

from typing import Optional

from ._errors import ApiError, ConnectionFailedError, RequestTimeoutError

FIRST_WAIT = 0.3
LONGEST_WAIT = 8.0
LONGEST_RETRY_AFTER = 60.0
"""When a server asks for more than this, the error is raised instead."""

_SAFE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_PASSING = frozenset({408, 502, 503, 504})


def is_repeatable(method: str, has_key: bool) -> bool:
    """Whether a request may be sent twice although nobody knows what became of it."""
    return method in _SAFE or has_key


def wait_before(attempt: int, error: BaseException, repeatable: bool, random: float) -> Optional[float]:
    """Seconds to wait before the next attempt, or None: the error is final. ``attempt`` counts from 0.

    A 429 did nothing and may always be repeated; a 409 that says when to come again belongs to a request with
    the same key that is under way.
    """
    backoff = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempt, 16)) * (0.5 + random / 2)
    if isinstance(error, (ConnectionFailedError, RequestTimeoutError)):
        return backoff if repeatable else None
    if not isinstance(error, ApiError):
        return None
    asked = error.retry_after
    passing = error.status in _PASSING or (error.status == 409 and asked is not None)
    if not (error.status == 429 or (repeatable and passing)) or (asked or 0.0) > LONGEST_RETRY_AFTER:
        return None
    return max(asked or 0.0, backoff)
