"""Global ids: the kind of a thing and its id in the store, in one opaque text."""

from __future__ import annotations

import base64
import binascii

import strawberry

from distro_sdk.errors import DomainError, Path


def global_id(kind: str, id: str) -> strawberry.ID:
    """The global id of a thing. `kind`: the name of its GraphQL type; `id`: its id in the store."""
    return strawberry.ID(base64.urlsafe_b64encode(f"{kind}:{id}".encode()).decode().rstrip("="))


def split_id(text: str) -> tuple[str, str] | None:
    """Kind and store id of a global id, or None for a text that is none."""
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    kind, _, store_id = decoded.partition(":")
    return (kind, store_id) if kind and store_id else None


def local_id(kind: str, text: str, path: Path = ()) -> str:
    """The store id of a global id of that kind; raises NOT_FOUND at `path` for anything else."""
    found = split_id(text)
    if found is None or found[0] != kind:
        raise DomainError("NOT_FOUND", f"there is no {kind.lower()} with id {text[:100]}", path)
    return found[1]
