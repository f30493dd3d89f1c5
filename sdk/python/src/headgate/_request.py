"""From a call to what is sent."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple
from urllib.parse import quote, urlencode

from ._gen.models import SENT
from ._model import Fields, encode
from ._operation import UNSET, Operation

NO_BODY = object()


@dataclass(frozen=True)
class Request:
    """Ready to be sent any number of times."""

    method: str
    path: str
    headers: Mapping[str, str]
    content: Optional[bytes]


def make_request(operation: Operation, path: Sequence[str], params: Mapping[str, Any], body: Any = NO_BODY) -> Request:
    """Puts each parameter where it belongs. ``body`` is given where the operation takes it as a whole."""
    given = dict(params)
    query = [(wire, value) for wire, value in _take(operation.query, given) if value is not None]
    headers = {wire.lower(): str(value) for wire, value in _take(operation.headers, given) if value is not None}
    content = _content(operation, given, body)
    if content is not None:
        headers["content-type"] = "application/json"
    text = urlencode([(wire, _text(value)) for wire, value in query], quote_via=quote)
    return Request(operation.method, _filled(operation.path, path) + (f"?{text}" if text else ""), headers, content)


def _take(fields: Fields, given: Dict[str, Any]) -> List[Tuple[str, Any]]:
    return [(wire, given.pop(name)) for name, (wire, _) in fields.items() if name in given]


def _content(operation: Operation, given: Dict[str, Any], body: Any) -> Optional[bytes]:
    if operation.whole:
        return _json(encode(body, operation.whole_shape, SENT))
    if operation.body is None:
        return None
    sent: Dict[str, Any] = {}
    for name, (wire, shape) in operation.body.items():
        value = given.pop(name, UNSET)
        if value is UNSET or (value is None and name not in operation.nullable):
            continue
        sent[wire] = encode(value, shape, SENT)
    # What is left over has no name here: it goes as it is.
    sent.update(given)
    return _json(sent) if sent else None


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(_text(item) for item in value)
    return str(value)


def _filled(template: str, parts: Sequence[str]) -> str:
    rest = iter(parts)

    def fill(match: "re.Match[str]") -> str:
        part = next(rest)
        # A part that is empty, `.` or `..` would lead elsewhere.
        if not isinstance(part, str) or part in ("", ".", ".."):
            raise ValueError(f"{match[1]}: an id or a name is needed")
        return quote(part, safe="")

    return re.sub(r"\{(\w+)\}", fill, template)
