"""Requests as the generated code describes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import FrozenSet, Mapping, Optional

from ._model import Fields, Shape


class Unset(Enum):
    """The type of ``UNSET``."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset.UNSET
"""Leaves a field out, where None would send a null."""


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    query: Fields = field(default_factory=dict)
    headers: Fields = field(default_factory=dict)
    body: Optional[Fields] = None
    nullable: FrozenSet[str] = frozenset()
    """Fields of the body where None is sent as null; elsewhere it leaves them out."""
    whole: bool = False
    whole_shape: Shape = None
    answers: Mapping[int, Shape] = field(default_factory=dict)
    paging: str = ""
    item: Shape = None
    events: Mapping[str, Shape] = field(default_factory=dict)
    idempotency_key: bool = False
