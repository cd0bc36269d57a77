"""What every stored document has, and what a document type declares beside its fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bson import ObjectId
from pydantic import Field

from distro_sdk.models.base import Model


def new_id() -> str:
    """A fresh document id: 24 hexadecimal digits that grow with time."""
    return str(ObjectId())


@dataclass(frozen=True)
class Index:
    """An index of a collection.

    `keys`: field paths with 1 or -1; `unique`: refuse a second document with the same keys, with `error_code` at
    `error_path`; `only_if`: a partial filter; `expire_after`: seconds after the (datetime) key's value.
    """

    name: str
    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    only_if: dict[str, object] | None = None
    expire_after: int | None = None
    error_code: str = "ALREADY_EXISTS"
    error_message: str = "such a document exists already"
    error_path: tuple[str, ...] = ()


class Document(Model):
    """A stored document. The store alone writes `revision` and the times; client values are ignored (row MOD-04)."""

    collection: ClassVar[str]
    indexes: ClassVar[tuple[Index, ...]] = ()

    id: str = Field(default_factory=new_id)
    revision: int = 1
    created_at: datetime | None = None
    updated_at: datetime | None = None
    created_by: str | None = None
