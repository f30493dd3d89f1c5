"""Lists that are fetched page by page while they are iterated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import AsyncIterator, Awaitable, Callable, Generic, Iterator, List, Optional, TypeVar

from ._errors import HeadgateError

T = TypeVar("T")

_LARGEST_PAGE = 1000
"""What the server gives at most in one page."""


@dataclass(frozen=True)
class Page(Generic[T]):
    data: List[T]
    has_more: bool
    next_cursor: Optional[str]
    """``cursor`` of the next page; None on the last one."""
    total: Optional[int]
    """All that match, where the list counts them."""


@dataclass(frozen=True)
class PageWish:
    limit: Optional[int]
    cursor: Optional[str]


class _Walk(Generic[T]):
    """Which page comes next."""

    def __init__(self, limit: Optional[int], page_size: Optional[int], cursor: Optional[str]) -> None:
        self._left = limit
        self._size = page_size
        self._cursor = cursor
        self._over = False

    def wish(self) -> Optional[PageWish]:
        if self._over or (self._left is not None and self._left <= 0):
            return None
        if self._left is None:
            return PageWish(self._size, self._cursor)
        return PageWish(min(self._left, self._size or _LARGEST_PAGE), self._cursor)

    def take(self, page: Page[T]) -> List[T]:
        items = page.data if self._left is None else page.data[: self._left]
        if self._left is not None:
            self._left -= len(items)
        if page.next_cursor is not None and page.next_cursor == self._cursor:
            raise HeadgateError("the list goes in a circle: a page names itself as the next")
        self._cursor = page.next_cursor
        self._over = page.next_cursor is None
        return items


class Paginator(Generic[T]):
    """``for pipeline in client.pipelines.list()``. Each iteration starts anew."""

    def __init__(
        self,
        fetch: Callable[[PageWish], Page[T]],
        limit: Optional[int],
        page_size: Optional[int],
        cursor: Optional[str],
    ) -> None:
        self._fetch = fetch
        self._start = (limit, page_size, cursor)

    def page(self) -> Page[T]:
        """The first page alone; with ``cursor``, the one there."""
        walk: _Walk[T] = _Walk(*self._start)
        return self._fetch(walk.wish() or PageWish(1, None))

    def pages(self) -> Iterator[Page[T]]:
        """Page after page."""
        walk: _Walk[T] = _Walk(*self._start)
        wish = walk.wish()
        while wish is not None:
            page = self._fetch(wish)
            walk.take(page)
            yield page
            wish = walk.wish()

    def __iter__(self) -> Iterator[T]:
        walk: _Walk[T] = _Walk(*self._start)
        wish = walk.wish()
        while wish is not None:
            yield from walk.take(self._fetch(wish))
            wish = walk.wish()

    def all(self) -> List[T]:
        """Every item as one list. Give a ``limit`` where there may be very many."""
        return list(self)


class AsyncPaginator(Generic[T]):
    """``async for pipeline in client.pipelines.list()``. Each iteration starts anew."""

    def __init__(
        self,
        fetch: Callable[[PageWish], Awaitable[Page[T]]],
        limit: Optional[int],
        page_size: Optional[int],
        cursor: Optional[str],
    ) -> None:
        self._fetch = fetch
        self._start = (limit, page_size, cursor)

    async def page(self) -> Page[T]:
        """The first page alone; with ``cursor``, the one there."""
        walk: _Walk[T] = _Walk(*self._start)
        return await self._fetch(walk.wish() or PageWish(1, None))

    async def pages(self) -> AsyncIterator[Page[T]]:
        """Page after page."""
        walk: _Walk[T] = _Walk(*self._start)
        wish = walk.wish()
        while wish is not None:
            page = await self._fetch(wish)
            walk.take(page)
            yield page
            wish = walk.wish()

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page.data:
                yield item

    async def all(self) -> List[T]:
        """Every item as one list. Give a ``limit`` where there may be very many."""
        return [item async for item in self]
