"""Everything that this package raises."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Dict, List, Mapping, Optional, Type


class HeadgateError(Exception):
    """The base of all errors of this package."""


@dataclass(frozen=True)
class Issue:
    """One part of a request that is wrong."""

    pointer: str
    """JSON pointer into the body; ``/query/…`` and ``/path/…`` are parameters."""
    message: str
    at: Optional[str] = None
    hint: Optional[str] = None


class ApiError(HeadgateError):
    """The server refused the request, or failed."""

    status: int
    code: str
    """The kind of error, for programs; see ``ErrorCode``. Empty when the answer is not Headgate's."""
    hint: Optional[str]
    """How to mend it."""
    request_id: Optional[str]
    """What the server's log calls this request."""
    issues: List[Issue]
    """Each single problem."""
    retry_after: Optional[float]
    """Seconds that the server asks to wait."""

    def __init__(self, status: int, problem: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        self.status = status
        self.code = str(problem.get("code") or "")
        self.hint = problem.get("hint")
        self.request_id = problem.get("request_id") or headers.get("x-request-id")
        self.retry_after = retry_after_of(headers.get("retry-after"), time.time())
        listed = problem.get("errors")
        self.issues = [_issue(entry) for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
        detail = problem.get("detail") or problem.get("title") or "no explanation"
        super().__init__(f"{status} {self.code}: {detail}" if self.code else f"{status}: {detail}")


class InvalidRequestError(ApiError):
    """400, 413, 415, 422 and the like: the request is wrong."""


class AuthenticationError(ApiError):
    """401: the token is missing, unknown, expired or revoked."""


class PermissionDeniedError(ApiError):
    """403: the token may not do this."""


class NotFoundError(ApiError):
    """404, 410: there is no such thing."""


class ConflictError(ApiError):
    """409, 412: it does not go together with what is."""


class RateLimitError(ApiError):
    """429: too much at once."""


class ServerError(ApiError):
    """500 and above."""


class ConnectionFailedError(HeadgateError, ConnectionError):
    """The server was not reached, or the connection broke."""


class RequestTimeoutError(HeadgateError, TimeoutError):
    """No answer within ``timeout``."""


_KINDS: Dict[int, Type[ApiError]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    410: NotFoundError,
    412: ConflictError,
    429: RateLimitError,
}


def api_error(status: int, headers: Mapping[str, str], text: str) -> ApiError:
    """The error of an answer; ``text`` is its body."""
    kind = _KINDS.get(status) or (ServerError if status >= 500 else InvalidRequestError)
    return kind(status, _problem_of(text), headers)


def retry_after_of(header: Optional[str], now: float) -> Optional[float]:
    """Seconds, from seconds or a date (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - now)
    except (TypeError, ValueError):
        return None


def _problem_of(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        # A proxy's page: what it says stands in `detail`.
        return {"detail": text[:500]}
    return value if isinstance(value, dict) else {"detail": text[:500]}


def _issue(entry: Mapping[str, Any]) -> Issue:
    return Issue(str(entry.get("pointer", "")), str(entry.get("message", "")), entry.get("at"), entry.get("hint"))
