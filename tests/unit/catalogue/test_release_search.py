"""Releases are found by status, type and words, and listed page by page."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.drafts import ReleaseChanges, ReleaseDraft, TrackChanges, TrackDraft, read_draft
from distro_core.catalogue.releases import ReleaseFilter, ReleaseOrder, ReleaseOrderField, ReleaseService
from distro_core.catalogue.search import search_words, text_filter
from distro_core.catalogue.tracks import TrackService
from distro_core.scope import Scope
from distro_sdk.errors import DomainError
from distro_sdk.models.catalogue import Release, ReleaseStatus, ReleaseType
from tests.unit.catalogue.examples import complete_draft, icpn


async def titles(scope: Scope, filter: ReleaseFilter) -> list[str]:
    order = ReleaseOrder(ReleaseOrderField.TITLE, descending=False)
    page = await ReleaseService(scope).page(filter, order)
    return [release.title for release in page.documents]


async def some_releases(scope: Scope) -> None:
    service = ReleaseService(scope)
    for draft in (
        {"title": "Low Tide", "display_artist": "Ann Example", "icpn": "012345678905", "catalog_number": "POL-001"},
        {"title": "Lowlands", "display_artist": "Sigur Rós", "type": "Album"},
        {"title": "High Tide (Live)", "display_artist": "AC/DC", "tracks": [{"title": "Ebb", "isrc": "USS1Z2600001"}]},
        {"title": "東京の夜", "display_artist": "Ænima", "type": "EP"},
    ):
        await service.create(read_draft(ReleaseDraft, draft))


@pytest.mark.proves("CAT-15")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("low", ["Low Tide", "Lowlands"]),
        ("LOW TIDE", ["Low Tide"]),
        ("tide low", ["Low Tide"]),
        ("tide", ["High Tide (Live)", "Low Tide"]),
        ("ann tid", ["Low Tide"]),
        ("ros", ["Lowlands"]),
        ("RÓS", ["Lowlands"]),
        ("ac/dc", ["High Tide (Live)"]),
        ("東京", ["東京の夜"]),
        ("0123", ["Low Tide"]),
        ("0 12345 67890 5", ["Low Tide"]),
        ("pol-001", ["Low Tide"]),
        ("US-S1Z-26-00001", ["High Tide (Live)"]),
        ("ebb", ["High Tide (Live)"]),
        ("ide", []),
        (".*", []),
        ("%&§", []),
        ("", ["High Tide (Live)", "Low Tide", "Lowlands", "東京の夜"]),
    ],
)
async def test_releases_are_found_by_how_their_words_begin(label_a: Scope, text: str, found: list[str]) -> None:
    await some_releases(label_a)

    assert await titles(label_a, ReleaseFilter(text=text)) == found


@pytest.mark.proves("CAT-15")
async def test_words_status_and_type_narrow_together(label_a: Scope, label_b: Scope) -> None:
    await some_releases(label_a)
    await some_releases(label_b)
    service = ReleaseService(label_a)
    ready = await service.create((await complete_draft(label_a)).model_copy(update={"title": "Low Light"}))
    await service.set_status(ready.id, ReleaseStatus.READY)

    singles = ReleaseFilter(text="low", statuses=(ReleaseStatus.DRAFT,), types=(ReleaseType.SINGLE, ReleaseType.EP))
    assert await titles(label_a, singles) == ["Low Tide"]
    assert await titles(label_a, ReleaseFilter(text="low", types=(ReleaseType.ALBUM,))) == ["Lowlands"]
    assert await titles(label_a, ReleaseFilter(statuses=(ReleaseStatus.READY,))) == ["Low Light"]
    assert await titles(label_a, ReleaseFilter(statuses=(ReleaseStatus.ARCHIVED,))) == []


@pytest.mark.proves("CAT-15")
async def test_the_words_of_a_release_follow_its_changes(label_a: Scope) -> None:
    service = ReleaseService(label_a)
    release = await service.create(ReleaseDraft(title="Old", display_artist="Ann", tracks=(TrackDraft(title="Ebb"),)))

    await service.update(release.id, ReleaseChanges(title="New"))
    await TrackService(label_a).update(release.tracks[0].id, TrackChanges(title="Flow"))

    assert await titles(label_a, ReleaseFilter(text="old")) == []
    assert await titles(label_a, ReleaseFilter(text="ebb")) == []
    assert await titles(label_a, ReleaseFilter(text="new flow")) == ["New"]


async def test_releases_changed_since_a_moment(label_a: Scope) -> None:
    service = ReleaseService(label_a)
    first, second = [await service.create(ReleaseDraft(title=title)) for title in ("One", "Two")]
    assert second.updated_at

    later = second.updated_at + timedelta(milliseconds=1)
    while datetime.now(UTC) < later:
        await asyncio.sleep(0.001)
    changed = await service.update(first.id, ReleaseChanges(title="One again"))

    assert changed.updated_at
    assert await titles(label_a, ReleaseFilter(updated_since=changed.updated_at)) == ["One again"]
    assert await titles(label_a, ReleaseFilter(updated_since=first.created_at)) == ["One again", "Two"]


@pytest.mark.proves("CAT-14")
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("field", ReleaseOrderField)
async def test_pages_in_every_order_are_stable_while_others_insert(
    label_a: Scope, field: ReleaseOrderField, descending: bool
) -> None:
    service, order = ReleaseService(label_a), ReleaseOrder(field, descending)
    made = []
    for number in range(13):
        dated = {"release_date": f"2026-01-{1 + number % 3:02d}"} if number % 4 else {}
        draft = read_draft(ReleaseDraft, {"title": f"Title {number % 5}", **dated})
        made.append((await service.create(draft)).id)

    seen: list[ReleaseDocument] = []
    after = None
    while True:
        page = await service.page(None, order, first=4, after=after)
        seen += page.documents
        if not page.has_next:
            break
        after = page.cursors[-1]
        await service.create(ReleaseDraft(title="Title 2"))

    ours = [release.id for release in seen if release.id in made]
    assert sorted(ours) == sorted(made)
    keys = [getattr(release, field.value) for release in seen]
    texts = [("" if key is None else str(key), release.id) for key, release in zip(keys, seen, strict=True)]
    assert texts == sorted(texts, reverse=descending)


@pytest.mark.parametrize(
    ("first", "after", "code"), [(0, None, "PAGE_SIZE_INVALID"), (10, "no cursor", "CURSOR_INVALID")]
)
async def test_a_page_that_cannot_be_is_refused(label_a: Scope, first: int, after: str | None, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        await ReleaseService(label_a).page(first=first, after=after)

    assert refused.value.code == code


@pytest.mark.proves("CAT-15")
async def test_a_search_reads_the_index_and_not_the_collection(label_a: Scope) -> None:
    releases = label_a.store.collection(ReleaseDocument)
    for number in range(300):
        await releases.raw.insert_one(
            {"_id": f"{number:024d}", "status": "draft", "type": "Album", "search_words": [f"word{number:03d}", "all"]}
        )
    where = {**text_filter("word123"), "status": {"$in": ["draft"]}, "type": {"$in": ["Album"]}}

    explained = await label_a.store.database.command(
        {"explain": {"find": "releases", "filter": where, "sort": {"_id": -1}}, "verbosity": "executionStats"}
    )

    assert explained["executionStats"]["nReturned"] == 1
    assert explained["executionStats"]["totalDocsExamined"] <= 2


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_title_is_found_by_its_own_words(title: str, artist: str) -> None:
    if not title.strip():
        return
    release = Release(id="1", title=title.strip(), display_artist=artist)
    words = search_words(release)

    for text in (title, artist):
        wanted = text_filter(text)
        conditions = wanted.get("$and") or (wanted["$or"][0]["$and"] if "$or" in wanted else [])
        for condition in conditions:
            prefix = condition["search_words"]["$regex"].removeprefix("^")
            assert any(word.startswith(prefix) for word in words)


async def test_a_barcode_is_found_with_and_without_its_check_digit(label_a: Scope) -> None:
    await ReleaseService(label_a).create(ReleaseDraft(title="One", icpn=icpn(77)))

    assert await titles(label_a, ReleaseFilter(text=icpn(77))) == ["One"]
    assert await titles(label_a, ReleaseFilter(text=icpn(77)[:-1])) == ["One"]
