"""What answers are made of."""

from __future__ import annotations

from typing import Any, ClassVar, Dict, Mapping, Sequence, Tuple, Type, TypeVar, Union

Shape = Union[None, str, Tuple[str, Any]]
"""A model by its name, ``("list", shape)``, ``("map", shape)``, ``("any", shapes)``, or None: the value as it is."""

Fields = Mapping[str, Tuple[str, Shape]]
"""Of each field its name on the other side, and its shape."""

M = TypeVar("M", bound="Model")


class Model:
    """An object of an answer. Fields that this version does not know are kept in ``unknown_fields``."""

    _fields: ClassVar[Fields] = {}
    _required: ClassVar[Sequence[str]] = ()
    unknown_fields: Mapping[str, Any]

    def to_dict(self) -> Dict[str, Any]:
        """As it was on the wire."""
        known = {wire: _plain(getattr(self, name)) for wire, (name, _) in self._fields.items() if self._has(wire, name)}
        return {**known, **self.unknown_fields}

    def _has(self, wire: str, name: str) -> bool:
        return wire in self._required or getattr(self, name) is not None


def make_model(cls: Type[M], data: Mapping[str, Any], models: Mapping[str, Type[Model]]) -> M:
    """A model from what came over the wire. What is missing is None."""
    made = object.__new__(cls)
    for wire, (name, shape) in cls._fields.items():
        object.__setattr__(made, name, decode(data.get(wire), shape, models))
    object.__setattr__(made, "unknown_fields", {key: data[key] for key in data if key not in cls._fields})
    return made


def decode(value: Any, shape: Shape, models: Mapping[str, Type[Model]]) -> Any:
    if shape is None or value is None:
        return value
    if isinstance(shape, str):
        return make_model(models[shape], value, models) if isinstance(value, dict) else value
    kind, inner = shape
    if kind == "any":
        return decode(value, _fitting(value, inner, models), models)
    if kind == "list" and isinstance(value, list):
        return [decode(item, inner, models) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: decode(item, inner, models) for key, item in value.items()}
    return value


def _fitting(value: Any, shapes: Sequence[Shape], models: Mapping[str, Type[Model]]) -> Shape:
    """Of several shapes the one of this value: of models the first whose required fields are all there."""
    if isinstance(value, list):
        return next((shape for shape in shapes if isinstance(shape, tuple) and shape[0] == "list"), None)
    if not isinstance(value, dict):
        return None
    for shape in shapes:
        if isinstance(shape, str) and all(wire in value for wire in models[shape]._required):
            return shape
    return next((shape for shape in shapes if isinstance(shape, tuple) and shape[0] == "map"), None)


def encode(value: Any, shape: Shape, sent: Mapping[str, Fields]) -> Any:
    """What goes over the wire. Keys that no table knows stay as they are."""
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, Mapping):
        names = _names(shape, sent)
        rest = _inner(shape, "map")
        return {
            (names[key][0] if key in names else key): encode(item, names[key][1] if key in names else rest, sent)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        inner = _inner(shape, "list")
        return [encode(item, inner, sent) for item in value]
    return value


def _names(shape: Shape, sent: Mapping[str, Fields]) -> Dict[str, Tuple[str, Shape]]:
    if isinstance(shape, str):
        return dict(sent.get(shape, {}))
    if shape is None or shape[0] != "any":
        return {}
    merged: Dict[str, Tuple[str, Shape]] = {}
    for one in shape[1]:
        merged = {**_names(one, sent), **merged}
    return merged


def _inner(shape: Shape, kind: str) -> Shape:
    if isinstance(shape, tuple):
        if shape[0] == kind:
            found: Shape = shape[1]
            return found
        if shape[0] == "any":
            return next((_inner(one, kind) for one in shape[1] if _inner(one, kind) is not None), None)
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


