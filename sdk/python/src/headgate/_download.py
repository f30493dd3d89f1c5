"""Answers that are files."""

from __future__ import annotations

from os import PathLike
from types import TracebackType
from typing import AsyncIterator, Callable, ContextManager, Iterator, Mapping, Optional, Type, Union

import httpx

Guard = Callable[[], ContextManager[None]]


class Download:
    """A file on its way. Read it once, with ``read``, ``save`` or ``iter_bytes``, or close it."""

    def __init__(self, response: httpx.Response, guard: Guard) -> None:
        self._response = response
        self._guard = guard

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    def iter_bytes(self) -> Iterator[bytes]:
        try:
            with self._guard():
                yield from self._response.iter_bytes()
        finally:
            self.close()

    def read(self) -> bytes:
        """All of it, in memory."""
        return b"".join(self.iter_bytes())

    def save(self, path: Union[str, "PathLike[str]"]) -> None:
        with open(path, "wb") as file:
            for piece in self.iter_bytes():
                file.write(piece)

    def close(self) -> None:
        self._response.close()

    def __enter__(self) -> "Download":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()


class AsyncDownload:
    """A file on its way. Read it once, with ``read``, ``save`` or ``iter_bytes``, or close it."""

    def __init__(self, response: httpx.Response, guard: Guard) -> None:
        self._response = response
        self._guard = guard

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        try:
            with self._guard():
                async for piece in self._response.aiter_bytes():
                    yield piece
        finally:
            await self.close()

    async def read(self) -> bytes:
        """All of it, in memory."""
        return b"".join([piece async for piece in self.iter_bytes()])

    async def save(self, path: Union[str, "PathLike[str]"]) -> None:
        with open(path, "wb") as file:
            async for piece in self.iter_bytes():
                file.write(piece)

    async def close(self) -> None:
        await self._response.aclose()

    async def __aenter__(self) -> "AsyncDownload":
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.close()
