"""Things with a global id."""

from __future__ import annotations

from typing import Any, ClassVar

import strawberry

from distro_api.graphql.fields import derived
from distro_api.graphql.ids import global_id


@strawberry.interface(description="A thing with a global id, by which `node` finds it.")
class Node:
    """A thing with a global id. `model`: what stands behind it; its GraphQL type is named after that."""

    model: ClassVar[type]

    id: strawberry.ID = strawberry.field(description="Global id.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        """Whether this type shows that value."""
        return isinstance(value, cls.model)

    @classmethod
    def resolve_type(cls, value: Any, *_: Any) -> str:
        """The name of the GraphQL type that shows a value."""
        return kind_of(value)


def kind_of(value: Any) -> str:
    """The name of the GraphQL type that shows a document or model: `ReleaseDocument` is shown by `Release`."""
    return type(value).__name__.removesuffix("Document")


def node_id() -> Any:
    """The field `id` of a thing with a global id."""
    return derived(lambda value: global_id(kind_of(value), value.id), "Global id.")
