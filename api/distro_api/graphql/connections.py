"""Pages of a list: keyset connections, `first` and `after`, never an offset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, Protocol, TypeVar

import strawberry

from distro_core.store.collection import MAX_PAGE

T = TypeVar("T")

DEFAULT_PAGE = 50

First = Annotated[int, strawberry.argument(description=f"How many entries the page holds at most, 1 to {MAX_PAGE}.")]
After = Annotated[
    str | None, strawberry.argument(description="The cursor after which the page begins; null begins at the start.")
]


@strawberry.type(description="Where a page ends, and whether another follows.")
class PageInfo:
    """Where a page ends, and whether another follows."""

    has_next_page: bool = strawberry.field(description="Whether entries follow after this page.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last entry; null on an empty page.")


@strawberry.type(description="An entry of a page with its cursor.")
class Edge(Generic[T]):
    """An entry of a page with its cursor."""

    cursor: str = strawberry.field(description="Give this as `after` for the page that begins after this entry.")
    node: T = strawberry.field(description="The entry.")


@strawberry.type(description="A page of a list. It stays right while others add entries.")
class Connection(Generic[T]):
    """A page of a list."""

    edges: list[Edge[T]] = strawberry.field(description="The entries with their cursors.")
    nodes: list[T] = strawberry.field(description="The entries alone.")
    page_info: PageInfo = strawberry.field(description="Where the page ends.")


class Page(Protocol):
    """What a connection is made of. `cursors` stand beside `documents`, one each."""

    @property
    def documents(self) -> Sequence[Any]:
        """The entries."""
        ...

    @property
    def cursors(self) -> Sequence[str]:
        """Their cursors."""
        ...

    @property
    def has_next(self) -> bool:
        """Whether entries follow."""
        ...


def connection(page: Page, view: Callable[[Any], Any] | None = None) -> Connection[Any]:
    """A page of the store as a connection. `view`: what stands behind an entry, where it is not the document itself."""
    nodes = [view(document) for document in page.documents] if view else list(page.documents)
    edges = [Edge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)]
    end = page.cursors[-1] if page.cursors else None
    return Connection(edges=edges, nodes=nodes, page_info=PageInfo(has_next_page=page.has_next, end_cursor=end))
