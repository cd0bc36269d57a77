"""A change of a stored document, made to the copy that somebody has read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel

from distro_core.store.collection import Change
from distro_core.store.documents import Document

D = TypeVar("D", bound=Document)


def changed(document: D, change: Change) -> D:
    """The document after a change that was stored, for who read it before and need not read it again.

    What others have changed since stays as it was read, and so does the time of the last change.
    """
    fields = type(document).model_fields
    at_once = {path: fields[path].get_default(call_default_factory=True) for path in change.unset}
    at_once |= {path: value for path, value in (change.set or {}).items() if path in fields}
    copy = document.model_copy(update={**at_once, "revision": document.revision + 1})
    for path, value in (change.set or {}).items():
        if path not in fields:
            copy = _with(copy, path.split("."), partial(_replace, value))
    for path, value in (change.push or {}).items():
        added = value if isinstance(value, list | tuple) else (value,)
        copy = _with(copy, path.split("."), partial(_append, added))
    for path, count in (change.increment or {}).items():
        copy = _with(copy, path.split("."), partial(_add, count))
    return copy


def together(document: Document, first: Change, second: Change) -> Change:
    """Two changes of a document as one; the second may reach into what the first adds to a list."""
    values = dict(first.set or {})
    added = {path: tuple(items) for path, items in (first.push or {}).items()}
    for path, value in (second.set or {}).items():
        name, *rest = path.split(".")
        if rest and name in added:
            place = int(rest[0]) - len(getattr(document, name))
            added[name] = _with(added[name], [str(place), *rest[1:]], partial(_replace, value))
        else:
            values[path] = value
    for path, items in (second.push or {}).items():
        added[path] = (*added.get(path, ()), *items)
    increment = dict(first.increment or {})
    for path, count in (second.increment or {}).items():
        increment[path] = increment.get(path, 0) + count
    return Change(set=values, unset=(*first.unset, *second.unset), push=added, increment=increment)


def _replace(value: Any, old: Any) -> Any:
    return value


def _append(added: Sequence[Any], old: Sequence[Any]) -> Any:
    return (*old, *added)


def _add(count: int, old: int | None) -> Any:
    return (old or 0) + count


def _with(whole: Any, steps: Sequence[str], make: Callable[[Any], Any]) -> Any:
    """A model, tuple or mapping in which another value stands at a path, made of the one before."""
    if not steps:
        return make(whole)
    step, *rest = steps
    if isinstance(whole, BaseModel):
        return whole.model_copy(update={step: _with(getattr(whole, step), rest, make)})
    if isinstance(whole, tuple):
        place = int(step)
        return (*whole[:place], _with(whole[place], rest, make), *whole[place + 1 :])
    return {**whole, step: _with(whole.get(step), rest, make)}
