"""Reads server-sent events from pieces of any length.

https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import List, Optional

_LINE_END = re.compile(r"\r\n|\n|\r")
_MAX_BLOCK = 64 * 1024 * 1024


@dataclass(frozen=True)
class Block:
    event: str
    data: Optional[str]
    """None for blocks that only carry a position."""
    id: Optional[str]
    """The position after this block, if one was ever given."""
    retry: Optional[float]
    """Seconds to wait before a new connection, when the server said so."""


class SseParser:
    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._rest = ""
        self._id: Optional[str] = None
        self._size = 0
        self._reset()

    def push(self, piece: bytes) -> List[Block]:
        self._rest += self._decoder.decode(piece)
        blocks: List[Block] = []
        start = 0
        for end in _LINE_END.finditer(self._rest):
            # A carriage return at the very end may be half of a line end.
            if end[0] == "\r" and end.end() == len(self._rest):
                break
            block = self._line(self._rest[start : end.start()])
            if block is not None:
                blocks.append(block)
            start = end.end()
        self._rest = self._rest[start:]
        if len(self._rest) + self._size > _MAX_BLOCK:
            raise ValueError("an event of the stream is too large")
        return blocks

    def _reset(self) -> None:
        self._event = ""
        self._data: List[str] = []
        self._retry: Optional[float] = None
        self._touched = False
        self._size = 0

    def _line(self, line: str) -> Optional[Block]:
        if line == "":
            return self._end()
        if line.startswith(":"):
            return None
        field, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        self._touched = True
        if field == "event":
            self._event = value
        elif field == "data":
            self._data.append(value)
            self._size += len(value)
        elif field == "id" and "\0" not in value:
            self._id = value
        elif field == "retry" and value.isascii() and value.isdigit():
            self._retry = int(value) / 1000
        return None

    def _end(self) -> Optional[Block]:
        if not self._touched:
            return None
        data = "\n".join(self._data) if self._data else None
        block = Block(self._event or "message", data, self._id, self._retry)
        self._reset()
        return block
