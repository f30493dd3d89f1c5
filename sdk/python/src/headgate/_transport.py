"""Sends requests, repeats them where that is right, and turns answers into values and errors."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, AsyncIterator, Awaitable, Callable, Dict, Iterator, Mapping, Optional, Sequence, TypeVar

import httpx

from ._download import AsyncDownload, Download
from ._errors import ConnectionFailedError, HeadgateError, RequestTimeoutError, api_error
from ._gen.models import MODELS
from ._model import decode
from ._operation import Operation
from ._options import RequestOptions, StreamOptions
from ._paging import AsyncPaginator, Page, PageWish, Paginator
from ._request import NO_BODY, Request, make_request
from ._retry import is_repeatable, wait_before
from ._sse import SseParser
from ._stream import Following, ServerEvent

R = TypeVar("R")
_PAGING = {"limit": ("limit", None), "cursor": ("cursor", None)}


@dataclass(frozen=True)
class Settings:
    token: str = field(repr=False)
    base_url: str
    """Without a slash at its end."""
    timeout: float
    max_retries: int
    user_agent: str
    headers: Mapping[str, str] = field(default_factory=dict)


class _Call:
    """One call: what is sent with each attempt, and whether there is a next one."""

    def __init__(self, settings: Settings, operation: Operation, request: Request, options: Optional[RequestOptions]) -> None:
        options = options or RequestOptions()
        key = options.idempotency_key or secrets.token_hex(16) if operation.idempotency_key else None
        self.request = request
        self.timeout = settings.timeout if options.timeout is None else options.timeout
        self.headers: Dict[str, str] = {
            "accept": "application/json",
            **({} if key is None else {"idempotency-key": key}),
            **request.headers,
            **_lower(options.headers),
        }
        self._most = settings.max_retries if options.max_retries is None else options.max_retries
        # A list only reads, also where its filter is a body and its method POST.
        repeatable = is_repeatable(request.method, key is not None) or operation.paging != ""
        self._repeatable = repeatable if options.repeatable is None else options.repeatable
        self._attempt = 0

    def failed(self, error: HeadgateError) -> float:
        """Seconds to wait before the next attempt; raises the error when there is none."""
        wait = wait_before(self._attempt, error, self._repeatable, random.random())
        if wait is None or self._attempt >= self._most:
            raise error
        self._attempt += 1
        return wait


def _lower(headers: Mapping[str, str]) -> Dict[str, str]:
    """Names in one case, so that one given here stands in for one of ours."""
    return {name.lower(): value for name, value in headers.items()}


@contextmanager
def _network_errors() -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise RequestTimeoutError(f"no answer in time: {type(error).__name__}") from error
    except httpx.RequestError as error:
        raise ConnectionFailedError(f"the connection failed: {error or type(error).__name__}") from error


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise HeadgateError("the answer is no JSON: is this address a Headgate server?") from error


def _value(operation: Operation, response: httpx.Response) -> Any:
    if response.text == "":
        return None
    return decode(_parsed(response.text), operation.answers.get(response.status_code), MODELS)


def _page(operation: Operation, response: httpx.Response) -> Page[Any]:
    answer = _parsed(response.text)
    data = [decode(item, operation.item, MODELS) for item in answer["data"]]
    return Page(data, answer["has_more"], answer["next_cursor"], (answer.get("meta") or {}).get("total"))


def _page_request(operation: Operation, path: Sequence[str], params: Mapping[str, Any], wish: PageWish) -> Request:
    if operation.paging == "none":
        return make_request(operation, path, params)
    query = {**operation.query, **_PAGING} if operation.paging == "query" else operation.query
    body = {**(operation.body or {}), **_PAGING} if operation.paging == "body" else operation.body
    paged = Operation(operation.method, operation.path, query, operation.headers, body)
    return make_request(paged, path, {**params, "limit": wish.limit, "cursor": wish.cursor})


class _Base:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def _http_request(self, request: Request, headers: Mapping[str, str], timeout: float) -> httpx.Request:
        settings = self._settings
        return httpx.Request(
            request.method,
            settings.base_url + request.path,
            headers={
                "user-agent": settings.user_agent,
                **_lower(settings.headers),
                "authorization": f"Bearer {settings.token}",
                **headers,
            },
            content=request.content,
            extensions={"timeout": httpx.Timeout(timeout).as_dict()},
        )


class Transport(_Base):
    def __init__(self, settings: Settings, http: httpx.Client) -> None:
        super().__init__(settings)
        self._http = http

    def call(
        self,
        operation: Operation,
        path: Sequence[str],
        params: Mapping[str, Any],
        options: Optional[RequestOptions] = None,
        body: Any = NO_BODY,
    ) -> Any:
        request = make_request(operation, path, params, body)
        return self._sent(operation, request, options, lambda response: _value(operation, response))

    def list(
        self,
        operation: Operation,
        path: Sequence[str],
        params: Mapping[str, Any],
        options: Optional[RequestOptions] = None,
        limit: Optional[int] = None,
        page_size: Optional[int] = None,
        cursor: Optional[str] = None,
    ) -> Paginator[Any]:
        def fetch(wish: PageWish) -> Page[Any]:
            request = _page_request(operation, path, params, wish)
            return self._sent(operation, request, options, lambda response: _page(operation, response))

        return Paginator(fetch, limit, page_size, cursor)

    def download(
        self,
        operation: Operation,
        path: Sequence[str],
        params: Mapping[str, Any],
        options: Optional[RequestOptions] = None,
    ) -> Download:
        request = make_request(operation, path, params)
        call = _Call(self._settings, operation, request, options)
        call.headers["accept"] = "*/*"
        while True:
            try:
                return Download(self._open(request, call.headers, call.timeout), _network_errors)
            except HeadgateError as error:
                time.sleep(call.failed(error))

    def stream(
        self,
        operation: Operation,
        path: Sequence[str],
        params: Mapping[str, Any],
        options: Optional[StreamOptions] = None,
    ) -> Iterator[ServerEvent]:
        options = options or StreamOptions()
        request = make_request(operation, path, params)
        following = Following(operation.events, MODELS, options)
        while not following.ended:
            failure: Optional[HeadgateError] = None
            try:
                headers = {**request.headers, **_lower(options.headers), **following.headers()}
                response = self._open(request, headers, options.idle_timeout)
                try:
                    parser = SseParser()
                    pieces = response.iter_bytes()
                    while not following.ended:
                        with _network_errors():
                            piece = next(pieces, None)
                        if piece is None:
                            break
                        for block in parser.push(piece):
                            yield from following.take(block)
                finally:
                    response.close()
            except HeadgateError as error:
                failure = error
            if not following.ended:
                time.sleep(following.broken(failure))

    def _open(self, request: Request, headers: Mapping[str, str], timeout: float) -> httpx.Response:
        """The answer when it is good, its body still to be read; else its error."""
        with _network_errors():
            response = self._http.send(self._http_request(request, headers, timeout), stream=True)
            if response.is_success:
                return response
            try:
                response.read()
            finally:
                response.close()
        raise api_error(response.status_code, response.headers, response.text)

    def _sent(
        self,
        operation: Operation,
        request: Request,
        options: Optional[RequestOptions],
        read: Callable[[httpx.Response], R],
    ) -> R:
        """Sends until it is answered for good. A body that breaks off is asked for again."""
        call = _Call(self._settings, operation, request, options)
        while True:
            try:
                response = self._open(request, call.headers, call.timeout)
                with _network_errors():
                    try:
                        response.read()
                    finally:
                        response.close()
                return read(response)
            except HeadgateError as error:
                time.sleep(call.failed(error))

    def close(self) -> None:
        self._http.close()


class AsyncTransport(_Base):
    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        super().__init__(settings)
        self._http = http

    async def call(
        self,
        operation: Operation,
        path: Sequence[str],
        params: Mapping[str, Any],
        options: Optional[RequestOptions] = None,
        body: Any = NO_BODY,
    ) -> Any:
        request = make_request(operation, path, params, body)
        return await self._sent(operation, request, options, lambda response: _value(operation, response))

    def list(
        self,
        operation: Operation,
        path: Sequence[str],
        params: Mapping[str, Any],
        options: Optional[RequestOptions] = None,
        limit: Optional[int] = None,
        page_size: Optional[int] = None,
        cursor: Optional[str] = None,
    ) -> AsyncPaginator[Any]:
        def fetch(wish: PageWish) -> Awaitable[Page[Any]]:
            request = _page_request(operation, path, params, wish)
            return self._sent(operation, request, options, lambda response: _page(operation, response))

        return AsyncPaginator(fetch, limit, page_size, cursor)

    async def download(
        self,
        operation: Operation,
        path: Sequence[str],
        params: Mapping[str, Any],
        options: Optional[RequestOptions] = None,
    ) -> AsyncDownload:
        request = make_request(operation, path, params)
        call = _Call(self._settings, operation, request, options)
        call.headers["accept"] = "*/*"
        while True:
            try:
                return AsyncDownload(await self._open(request, call.headers, call.timeout), _network_errors)
            except HeadgateError as error:
                await asyncio.sleep(call.failed(error))

    async def stream(
        self,
        operation: Operation,
        path: Sequence[str],
        params: Mapping[str, Any],
        options: Optional[StreamOptions] = None,
    ) -> AsyncIterator[ServerEvent]:
        options = options or StreamOptions()
        request = make_request(operation, path, params)
        following = Following(operation.events, MODELS, options)
        while not following.ended:
            failure: Optional[HeadgateError] = None
            try:
                headers = {**request.headers, **_lower(options.headers), **following.headers()}
                response = await self._open(request, headers, options.idle_timeout)
                try:
                    parser = SseParser()
                    pieces = response.aiter_bytes().__aiter__()
                    while not following.ended:
                        try:
                            with _network_errors():
                                piece = await pieces.__anext__()
                        except StopAsyncIteration:
                            break
                        for block in parser.push(piece):
                            for event in following.take(block):
                                yield event
                finally:
                    await response.aclose()
            except HeadgateError as error:
                failure = error
            if not following.ended:
                await asyncio.sleep(following.broken(failure))

    async def _open(self, request: Request, headers: Mapping[str, str], timeout: float) -> httpx.Response:
        with _network_errors():
            response = await self._http.send(self._http_request(request, headers, timeout), stream=True)
            if response.is_success:
                return response
            try:
                await response.aread()
            finally:
                await response.aclose()
        raise api_error(response.status_code, response.headers, response.text)

    async def _sent(
        self,
        operation: Operation,
        request: Request,
        options: Optional[RequestOptions],
        read: Callable[[httpx.Response], R],
    ) -> R:
        call = _Call(self._settings, operation, request, options)
        while True:
            try:
                response = await self._open(request, call.headers, call.timeout)
                with _network_errors():
                    try:
                        await response.aread()
                    finally:
                        await response.aclose()
                return read(response)
            except HeadgateError as error:
                await asyncio.sleep(call.failed(error))

    async def close(self) -> None:
        await self._http.aclose()
