"""How often a request asks the store: a page costs the same few calls however much it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.drafts import ArtistDraft, ContributorDraft, ReleaseDraft, TrackDraft
from distro_core.catalogue.releases import ReleaseService
from distro_core.platform import Platform
from distro_core.scope import Scope
from distro_core.store.stores import ControlStore
from tests.api.client import Client
from tests.api.conftest import serve_api
from tests.api.counting import CountingClient
from tests.api.world import audio_asset, build_world

PAGE = """query($first: Int!) { releases(first: $first) { nodes {
  id title artists { role party { name isni } } label { name } genre { name }
  tracks {
    id title isrc artists { party { name } } contributors { roles party { name } } audio { size audio { duration } }
  }
} pageInfo { hasNextPage endCursor } } }"""

Counted = tuple[Client, CountingClient]


@pytest.fixture
async def counted(platform: Platform, http: httpx2.AsyncClient, admin_a: Client) -> AsyncIterator[Counted]:
    """The admin of tenant A, calling an API whose store calls are counted."""
    client = CountingClient(platform.control._client)
    async with serve_api(replace(platform, control=ControlStore(client))) as url:
        yield Client(http, url, admin_a.token), client


async def calls_of(
    counted: Counted, document: str, **variables: Any
) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    """The data of an operation and the store calls that it took, where caller and tenant are known already."""
    caller, store = counted
    await caller.data("{ releases(first: 1) { nodes { id } } }")
    store.calls.clear()
    return await caller.data(document, **variables), sorted(store.calls)


async def fill(scope: Scope, releases: int) -> None:
    """Releases with five tracks each, all with artists and contributors of their own."""
    asset = await scope.store.collection(AssetDocument).insert(audio_asset(scope.tenant_key))
    for number in range(releases):
        tracks = tuple(
            TrackDraft(
                title=f"Track {place}",
                artists=(ArtistDraft(name=f"Artist {number} {place}"),),
                contributors=(ContributorDraft(name=f"Writer {number} {place}", roles=("Composer",)),),
                audio_asset_id=asset.id,
            )
            for place in range(5)
        )
        draft = ReleaseDraft(title=f"Release {number}", display_artist=f"Band {number}", label="Label", tracks=tracks)
        await ReleaseService(scope).create(draft)


@pytest.mark.parametrize("first", [1, 50])
async def test_a_page_of_releases_with_tracks_costs_three_store_calls(
    label_a: Scope, counted: Counted, first: int
) -> None:
    await fill(label_a, 50)

    data, calls = await calls_of(counted, PAGE, first=first)

    page = data["releases"]
    assert len(page["nodes"]) == first
    assert all(track["artists"][0]["party"]["name"] for node in page["nodes"] for track in node["tracks"])
    assert all(track["contributors"][0]["party"]["name"] for node in page["nodes"] for track in node["tracks"])
    assert all(track["audio"]["audio"]["duration"] == "180" for node in page["nodes"] for track in node["tracks"])
    assert calls == [
        (label_a.store.database_name, "assets", "find"),
        (label_a.store.database_name, "parties", "find"),
        (label_a.store.database_name, "releases", "find"),
    ]


async def test_a_page_of_deliveries_with_releases_and_targets_costs_three_store_calls(
    platform: Platform, label_a: Scope, counted: Counted
) -> None:
    await build_world(platform, label_a)

    _, calls = await calls_of(counted, "{ deliveries { nodes { status release { title } target { name } } } }")

    assert [collection for _, collection, _ in calls] == ["deliveries", "releases", "targets"]


async def test_who_calls_is_not_asked_for_every_request(counted: Counted) -> None:
    _, calls = await calls_of(counted, "{ me { permissions } }")

    assert calls == []
