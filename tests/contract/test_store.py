"""What the store promises, on a real MongoDB through either driver."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, SecretStr

from distro_core.embedded import ServiceUrls
from distro_core.store.changes import changed, together
from distro_core.store.codec import decode_document, encode, encode_document
from distro_core.store.collection import Change, Collection, Order
from distro_core.store.cursors import beyond_cursor
from distro_core.store.documents import Document, Index, new_id
from distro_core.store.driver import Driver, DriverClient, close_client, open_client
from distro_core.store.migrations import ensure_indexes
from distro_core.store.stores import ControlStore, TenantStore
from distro_sdk.errors import DomainError
from distro_sdk.models.base import Model
from distro_sdk.models.events import AssetStored


class Binding(StrEnum):
    """How a book is bound."""

    CLOTH = "cloth"
    PAPER = "paper"


class ChapterNote(Model):
    """What somebody noted of a chapter."""

    title: str
    pages: tuple[int, ...] = ()


class BookDocument(Document):
    """A document with every kind of field that the catalogue has."""

    collection: ClassVar[str] = "books"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index(
            "shelf",
            (("shelf", 1), ("place", 1)),
            unique=True,
            only_if={"shelf": {"$type": "string"}},
            error_code="PLACE_TAKEN",
            error_message="another book stands there",
            error_path=("place",),
        ),
        Index("title", (("title", 1), ("_id", 1))),
        Index("outbox", (("outbox.id", 1),), only_if={"outbox.id": {"$exists": True}}),
    )

    title: str
    shelf: str | None = None
    place: int = 0
    published: date | None = None
    price: Decimal | None = None
    binding: Binding = Binding.PAPER
    lent_at: datetime | None = None
    notes: tuple[str, ...] = ()
    marks: dict[str, int] = Field(default_factory=dict)
    chapters: tuple[ChapterNote, ...] = ()


@pytest.fixture(params=list(Driver), ids=lambda driver: driver.value)
async def client(request: pytest.FixtureRequest, services: ServiceUrls) -> AsyncIterator[DriverClient]:
    """A client of either driver."""
    opened = open_client(services.mongo_url, request.param)
    yield opened
    await close_client(opened)


@pytest.fixture
async def store(client: DriverClient) -> AsyncIterator[TenantStore]:
    """A tenant's store with the indexes of books."""
    async with _tenant(client) as tenant:
        yield tenant


@pytest.fixture
async def other_store(client: DriverClient) -> AsyncIterator[TenantStore]:
    """Another tenant's store."""
    async with _tenant(client) as tenant:
        yield tenant


@pytest.fixture
def books(store: TenantStore) -> Collection[BookDocument]:
    """An empty collection."""
    return store.collection(BookDocument)


async def test_a_stored_document_comes_back_as_it_was(books: Collection[BookDocument]) -> None:
    draft = BookDocument(
        title="Beneath the Underdog",
        published=date(1971, 5, 1),
        price=Decimal("12.90"),
        binding=Binding.CLOTH,
        lent_at=datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC),
        notes=("signed",),
        marks={"page": 12},
    )

    stored = await books.insert(draft, by="librarian")

    assert await books.get(draft.id) == stored
    bookkeeping = {"created_at", "updated_at", "created_by"}
    assert stored.model_dump(exclude=bookkeeping) == draft.model_dump(exclude=bookkeeping)
    assert stored.created_by == "librarian"
    assert stored.created_at == stored.updated_at
    assert stored.revision == 1


@pytest.mark.proves("MOD-04")
async def test_the_store_alone_writes_revision_and_times(books: Collection[BookDocument]) -> None:
    long_ago = datetime(1999, 1, 1, tzinfo=UTC)

    stored = await books.insert(BookDocument(title="Chronicles", revision=17, created_at=long_ago, updated_at=long_ago))

    assert stored.revision == 1
    assert stored.created_at is not None
    assert stored.created_at > long_ago


async def test_a_change_counts_revisions_and_leaves_the_rest(books: Collection[BookDocument]) -> None:
    book = await books.insert(BookDocument(title="Chronicles", shelf="B", place=3, notes=("torn",), marks={"page": 1}))

    changed = await books.update(
        book.id,
        Change(
            set={"title": "Chronicles: Volume One", "published": date(2004, 10, 5)},
            unset=("shelf",),
            push={"notes": ["lent", "returned"]},
            increment={"marks.page": 4},
        ),
    )

    assert changed == book.model_copy(
        update={
            "title": "Chronicles: Volume One",
            "published": date(2004, 10, 5),
            "shelf": None,
            "notes": ("torn", "lent", "returned"),
            "marks": {"page": 5},
            "revision": 2,
            "updated_at": changed.updated_at,
        }
    )


async def test_a_change_can_be_written_without_being_read(books: Collection[BookDocument]) -> None:
    chapter = ChapterNote(title="Talkin' New York", pages=(3, 5))
    book = await books.insert(BookDocument(title="Chronicles", shelf="B", notes=("torn",), chapters=(chapter,)))
    change = Change(
        set={"title": "Chronicles: Volume One", "chapters.0.pages": (3, 7), "marks.place": 9},
        unset=("shelf",),
        push={"notes": ["lent", "returned"]},
        increment={"marks.page": 4, "place": 1},
    )

    written = await books.try_write(book.id, change, where={"title": "Chronicles"}, events=[_event("e1")])
    refused = await books.try_write(book.id, change, where={"title": "Chronicles"}, events=[_event("e2")])

    stored = await books.get(book.id)
    assert (written, refused) == (True, False)
    assert stored == changed(book, change).model_copy(update={"updated_at": stored.updated_at})
    assert stored.chapters == (ChapterNote(title="Talkin' New York", pages=(3, 7)),)
    assert (stored.marks, stored.place, stored.shelf) == ({"place": 9, "page": 4}, 1, None)
    raw = await books.raw.find_one({"_id": book.id})
    assert [event["id"] for event in raw["outbox"]] == ["e1"]


async def test_two_changes_written_as_one_leave_what_both_leave_one_after_the_other(
    books: Collection[BookDocument],
) -> None:
    chapter = ChapterNote(title="Talkin' New York", pages=(3, 5))
    draft = BookDocument(title="Chronicles", shelf="B", notes=("torn",), chapters=(chapter,))
    first = Change(
        set={"title": "Chronicles: Volume One"},
        push={"chapters": [ChapterNote(title="Ballad", pages=(6, 7))], "notes": ["lent"]},
        increment={"marks.page": 1},
    )
    second = Change(
        set={"chapters.1.pages": (6, 9), "title": "Chronicles I", "published": date(2004, 10, 5)},
        unset=("shelf",),
        push={"notes": ["returned"]},
        increment={"marks.page": 2},
    )
    in_turn, at_once = await books.insert(draft), await books.insert(draft.model_copy(update={"id": "2", "shelf": "C"}))

    await books.update(in_turn.id, first)
    await books.update(in_turn.id, second)
    await books.update(at_once.id, together(at_once, first, second))

    left = await books.get(in_turn.id)
    stored = await books.get(at_once.id)
    aside = {"id": left.id, "revision": left.revision, "created_at": left.created_at, "updated_at": left.updated_at}
    assert stored.model_copy(update=aside) == left
    assert left.chapters[1] == ChapterNote(title="Ballad", pages=(6, 9))
    assert (left.title, left.notes, left.shelf) == ("Chronicles I", ("torn", "lent", "returned"), None)
    assert left.marks == {"page": 3}


async def test_who_changes_an_older_revision_is_refused(books: Collection[BookDocument]) -> None:
    book = await books.insert(BookDocument(title="Just Kids"))
    await books.update(book.id, Change(set={"place": 1}), revision=1)

    with pytest.raises(DomainError) as late_change:
        await books.update(book.id, Change(set={"place": 2}), revision=1)
    with pytest.raises(DomainError) as late_deletion:
        await books.delete(book.id, revision=1)

    assert (late_change.value.code, late_change.value.path) == ("REVISION_CONFLICT", ("revision",))
    assert (late_deletion.value.code, late_deletion.value.path) == ("REVISION_CONFLICT", ("revision",))
    assert (await books.get(book.id)).place == 1


async def test_a_change_with_a_condition_happens_only_while_it_holds(books: Collection[BookDocument]) -> None:
    book = await books.insert(BookDocument(title="Just Kids", binding=Binding.CLOTH))
    to_paper = Change(set={"binding": Binding.PAPER})

    await books.update(book.id, to_paper, where={"binding": Binding.CLOTH})
    with pytest.raises(DomainError) as refused:
        await books.update(book.id, to_paper, where={"binding": Binding.CLOTH})

    assert refused.value.code == "CONDITION_FAILED"
    assert await books.try_update({"id": book.id, "binding": Binding.CLOTH}, to_paper) is None


async def test_what_is_not_there_is_not_found(books: Collection[BookDocument]) -> None:
    missing = new_id()

    assert await books.find(missing) is None
    for attempt in (books.get(missing), books.update(missing, Change(set={"place": 1})), books.delete(missing)):
        with pytest.raises(DomainError) as refused:
            await attempt
        assert refused.value.code == "NOT_FOUND"


async def test_a_unique_index_answers_with_its_own_code(books: Collection[BookDocument]) -> None:
    await books.insert(BookDocument(title="M Train", shelf="A", place=1))
    second = await books.insert(BookDocument(title="Year of the Monkey", shelf="A", place=2))
    for title in ("on no shelf", "on no shelf either"):
        await books.insert(BookDocument(title=title))

    with pytest.raises(DomainError) as on_insert:
        await books.insert(BookDocument(title="Devotion", shelf="A", place=1))
    with pytest.raises(DomainError) as on_update:
        await books.update(second.id, Change(set={"place": 1}))

    for refused in (on_insert.value, on_update.value):
        assert (refused.code, refused.message, refused.path) == ("PLACE_TAKEN", "another book stands there", ("place",))


async def test_an_id_is_given_once(books: Collection[BookDocument]) -> None:
    book = await books.insert(BookDocument(title="M Train"))

    with pytest.raises(DomainError) as refused:
        await books.insert(BookDocument(id=book.id, title="M Train"))

    assert refused.value.code == "ALREADY_EXISTS"


async def test_two_tenants_share_nothing(store: TenantStore, other_store: TenantStore) -> None:
    book = await store.collection(BookDocument).insert(BookDocument(title="M Train", shelf="A", place=1))

    twin = await other_store.collection(BookDocument).insert(book)

    assert await other_store.collection(BookDocument).delete(twin.id) == twin
    assert await store.collection(BookDocument).list({}) == [book]
    assert await other_store.collection(BookDocument).list({}) == []


async def test_many_documents_come_in_one_call(books: Collection[BookDocument]) -> None:
    first, second = [await books.insert(BookDocument(title=title)) for title in ("one", "two")]

    assert await books.get_many([second.id, first.id, new_id(), first.id]) == {first.id: first, second.id: second}
    assert await books.get_many([]) == {}


@pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
@pytest.mark.parametrize("field", ["id", "title", "published", "lent_at"])
async def test_pages_show_every_document_once_in_order(
    books: Collection[BookDocument], field: str, descending: bool
) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(11):
        known = number % 3 != 0
        await books.insert(
            BookDocument(
                title=f"title {number % 4}",
                published=date(2000, 1, 1 + number % 4) if known else None,
                lent_at=moment + timedelta(milliseconds=number) if known else None,
            )
        )

    shown = await _page_through(books, Order(field, descending), first=2)

    def rank(book: BookDocument) -> tuple[bool, Any, str]:
        value = getattr(book, field)
        return (value is not None, value if value is not None else "", book.id)

    everything = await books.list({})
    assert shown == sorted(everything, key=rank, reverse=descending)


@pytest.mark.proves("CAT-14")
async def test_pages_are_stable_while_others_insert(books: Collection[BookDocument]) -> None:
    for title in ("b", "d", "f", "h"):
        await books.insert(BookDocument(title=title))
    order = Order("title")
    page = await books.page({}, order=order, first=2)

    await books.insert(BookDocument(title="a"))
    await books.insert(BookDocument(title="e"))
    rest = await books.page({}, order=order, first=10, after=page.cursors[-1])

    assert [book.title for book in page.documents] == ["b", "d"]
    assert page.has_next
    assert [book.title for book in rest.documents] == ["e", "f", "h"]
    assert not rest.has_next


@pytest.mark.parametrize("first", [0, -1, 201])
async def test_a_page_has_a_size(books: Collection[BookDocument], first: int) -> None:
    with pytest.raises(DomainError) as refused:
        await books.page({}, order=Order(), first=first)

    assert (refused.value.code, refused.value.path) == ("PAGE_SIZE_INVALID", ("first",))


def _in_base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode()


@given(st.one_of(st.text(), st.binary().map(_in_base64)))
def test_an_invented_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(DomainError) as refused:
        beyond_cursor(Order("title"), cursor)

    assert (refused.value.code, refused.value.path) == ("CURSOR_INVALID", ("after",))


async def test_events_lie_with_the_change_and_are_no_part_of_the_document(books: Collection[BookDocument]) -> None:
    tellings: list[tuple[type[Document], str, bool]] = []
    watched = Collection(books.raw, BookDocument, lambda *written: tellings.append(written))

    book = await watched.insert(BookDocument(title="M Train"), events=[_event("e1")])
    await watched.update(book.id, Change(set={"place": 1}), events=[_event("e2"), _event("e3")])
    await watched.update(book.id, Change(set={"place": 2}))
    await watched.delete(book.id)

    assert tellings == [
        (BookDocument, book.id, True),
        (BookDocument, book.id, True),
        (BookDocument, book.id, False),
        (BookDocument, book.id, False),
    ]


async def test_a_refused_change_leaves_no_event(books: Collection[BookDocument]) -> None:
    book = await books.insert(BookDocument(title="M Train"), events=[_event("e1")])

    with pytest.raises(DomainError):
        await books.update(book.id, Change(set={"place": 1}), revision=9, events=[_event("e2")])

    raw = await books.raw.find_one({"_id": book.id})
    assert [event["id"] for event in raw["outbox"]] == ["e1"]


def test_an_unsealed_secret_is_never_stored() -> None:
    with pytest.raises(TypeError, match="sealed"):
        encode({"settings": {"password": SecretStr("open sesame")}})


@given(
    st.builds(
        BookDocument,
        title=st.text(),
        price=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
        published=st.none() | st.dates(),
        lent_at=st.none() | st.datetimes(timezones=st.just(UTC)),
        binding=st.sampled_from(Binding),
        notes=st.lists(st.text()).map(tuple),
        marks=st.dictionaries(st.text(), st.integers()),
        created_at=st.none(),
        updated_at=st.none(),
    )
)
def test_encoding_loses_nothing_but_microseconds(book: BookDocument) -> None:
    raw: Mapping[str, Any] = encode_document(book)

    whole = None if book.lent_at is None else book.lent_at.replace(microsecond=book.lent_at.microsecond // 1000 * 1000)
    assert decode_document(raw, BookDocument) == book.model_copy(update={"lent_at": whole})


async def _page_through(books: Collection[BookDocument], order: Order, first: int) -> list[BookDocument]:
    shown: list[BookDocument] = []
    after: str | None = None
    while True:
        page = await books.page({}, order=order, first=first, after=after)
        shown += page.documents
        if not page.has_next:
            return shown
        after = page.cursors[-1]


def _event(id: str) -> AssetStored:
    return AssetStored(id=id, tenant_id=new_id(), at=datetime(2026, 1, 1, tzinfo=UTC), asset_id=new_id())


@asynccontextmanager
async def _tenant(client: DriverClient) -> AsyncIterator[TenantStore]:
    control = ControlStore(client)
    tenant = control.tenant(new_id(), f"t{new_id()}")
    await ensure_indexes(tenant.database, [BookDocument])
    yield tenant
    await control.drop_tenant(tenant.tenant_key)
