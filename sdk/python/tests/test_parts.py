"""The parts of the client that need no server."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from headgate import Headgate, HeadgateError, models
from headgate._errors import ApiError, ConnectionFailedError, api_error, retry_after_of
from headgate._gen.models import MODELS, SENT
from headgate._model import decode, encode
from headgate._operation import Operation
from headgate._request import make_request
from headgate._retry import wait_before
from headgate._sse import SseParser

STREAM = "\ufeffretry: 1500\nid: p0\n\n: still here\n\nid: 1\nevent: log\ndata: {\"a\":\ndata: \u00e9}\n\nevent: end\ndata\n\n: more\n"


def test_models_tolerate_what_they_do_not_know_and_what_is_missing() -> None:
    wire = {"run_id": "run_1", "logs": "", "last_seq": 3, "new_field": {"a": 1}}
    logs = decode(wire, "Logs", MODELS)
    assert isinstance(logs, models.Logs)
    assert (logs.run_id, logs.unknown_fields) == ("run_1", {"new_field": {"a": 1}})
    assert getattr(logs, "has_more") is None
    assert logs.to_dict() == {**wire, "has_more": None}


def test_of_several_models_the_one_that_fits_is_made() -> None:
    shape = ("any", ("AcceptedEvent", "RejectedEvent"))
    assert isinstance(decode({"index": 0, "error": {"code": "x", "message": "y"}}, shape, MODELS), models.RejectedEvent)
    assert decode(None, shape, MODELS) is None


def test_keys_of_free_maps_are_never_touched() -> None:
    event = {"event_type": "a", "payload": {"eventType": {"from_": 1}}}
    assert encode(event, "EventRequest", SENT) == event


def test_requests() -> None:
    operation = Operation(
        "POST", "/v1/things/{id}", query={"dry_run": ("dry_run", None)}, body={"from_": ("from", None), "note": ("note", None)},
        nullable=frozenset({"note"}),
    )  # fmt: skip
    request = make_request(operation, ["a/b c"], {"dry_run": True, "from_": "x", "note": None, "more": 1})
    assert (request.path, request.content) == ("/v1/things/a%2Fb%20c?dry_run=true", b'{"from":"x","note":null,"more":1}')
    assert make_request(operation, ["a"], {"from_": None}).content is None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_server_sent_events_in_pieces_of_any_length(end: str) -> None:
    data = STREAM.replace("\n", end).encode()
    source = random.Random(1)
    for _ in range(50):
        cuts = sorted(source.randrange(len(data)) for _ in range(8))
        parser = SseParser()
        pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)])]
        blocks = [block for piece in pieces for block in parser.push(piece)]
        found = [(block.event, block.data, block.id, block.retry) for block in blocks]
        assert found == [("message", None, "p0", 1.5), ("log", '{"a":\n\u00e9}', "1", None), ("end", "", "1", None)]


def test_when_a_request_is_sent_again() -> None:
    def error(status: int, after: str = "") -> ApiError:
        return api_error(status, {"retry-after": after} if after else {}, "{}")

    assert wait_before(0, error(429), False, 0) == 0.15
    assert wait_before(0, error(429, "2"), False, 0) == 2
    assert wait_before(0, error(429, "3600"), True, 0) is None
    assert wait_before(0, error(503), True, 0) == 0.15
    assert wait_before(0, error(503), False, 0) is None
    assert wait_before(0, error(409, "1"), True, 0) == 1
    assert wait_before(0, error(409), True, 0) is None
    assert wait_before(0, error(500), True, 0) is None
    assert wait_before(5, ConnectionFailedError("x"), True, 1) == 8
    assert wait_before(0, ConnectionFailedError("x"), False, 0) is None
    assert wait_before(0, ValueError("x"), True, 0) is None
    assert retry_after_of("Thu, 01 Jan 2026 00:00:05 GMT", 1767225600) == 5
    assert (retry_after_of("soon", 0), retry_after_of(None, 0)) == (None, None)


def test_pages_of_proxies_are_errors_too() -> None:
    error = api_error(502, {"x-request-id": "p1"}, "<html>bad gateway</html>")
    assert (error.code, error.request_id, str(error)) == ("", "p1", "502: <html>bad gateway</html>")


def test_a_client_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEADGATE_TOKEN", raising=False)
    with pytest.raises(HeadgateError, match="a token is needed"):
        Headgate()
    with pytest.raises(HeadgateError, match="not of http"):
        Headgate(token="x", base_url="file:///etc")


def test_no_secret_in_what_is_shown() -> None:
    assert "hg_secret" not in repr(vars(Headgate(token="hg_secret")._transport))


def test_the_package_is_typed() -> None:
    import headgate

    assert (Path(headgate.__file__).parent / "py.typed").exists()
