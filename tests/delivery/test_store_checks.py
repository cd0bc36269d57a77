"""Looking into the stores of platforms, and what their interfaces would refuse (rows WFL-25 to WFL-27, ADI-01)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.responses import JSONResponse

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import DeliveryDocument, LogLevel
from distro_core.delivery.readiness.service import ReadinessService
from distro_core.platforms.store_check import check_store
from distro_core.store.collection import Change
from distro_sdk.errors import DomainError
from tests.delivery.label import Label
from tests.delivery.readiness_cases import told
from tests.delivery.test_platform_adapters import set_adapter
from tests.json_dsp_server import TOKEN, JsonDsp, json_dsp


@pytest.fixture
async def dsp() -> AsyncIterator[JsonDsp]:
    """A platform with a JSON interface."""
    async with json_dsp() as running:
        yield running


async def delivered(label: Label, dsp: JsonDsp) -> tuple[ReleaseDocument, DeliveryDocument]:
    target = await set_adapter(label.scope, await label.target(platform="deezer", format="ern/4.2"), dsp, token=TOKEN)
    release = await label.release()
    return release, await label.deliver([release.id], target.id)


def as_sold(release: ReleaseDocument, **changes: Any) -> dict[str, Any]:
    """The release as a store shows it that has understood everything."""
    return {
        "title": " night  DRIVE ",
        "artist": "The Example",
        "label": "Northern Lights",
        "icpn": f"0{release.icpn}",
        "releaseDate": "2026-01-01",
        "tracks": [{"title": track.title, "isrc": track.isrc} for track in release.tracks],
        "links": ["https://www.deezer.com/album/302127"],
        "ids": {"deezer": "302127"},
        **changes,
    }


@pytest.mark.proves("WFL-25", "WFL-26", "WFL-27")
async def test_a_store_that_shows_the_release_as_it_is_has_no_differences(label: Label, dsp: JsonDsp) -> None:
    release, delivery = await delivered(label, dsp)
    assert release.icpn is not None

    absent = await check_store(label.scope, delivery.id)
    dsp.store[release.icpn] = as_sold(release)
    present = await check_store(label.scope, delivery.id)

    assert absent.aftermath.store_check is not None
    assert (absent.aftermath.store_check.available, absent.aftermath.store_check.differences) == (False, ())
    found = present.aftermath.store_check
    assert found is not None
    assert (found.available, found.differences, found.broken_links) == (True, (), ())
    assert found.links == ("https://www.deezer.com/album/302127",)
    assert present.aftermath.platform_ids == {"deezer": "302127"}
    assert present.status is delivery.status
    lines = (await label.deliveries.logs(delivery.id, LogLevel.SUCCESS, first=200)).documents
    assert [line.step for line in lines][-1] == "availability_check"


@pytest.mark.proves("WFL-26", "WFL-27")
async def test_what_a_store_shows_otherwise_is_named_with_both_sides(label: Label, dsp: JsonDsp) -> None:
    release, delivery = await delivered(label, dsp)
    assert release.icpn is not None
    dsp.store[release.icpn] = as_sold(
        release,
        title="Night Ride",
        artist="An Example",
        releaseDate="2026-01-02",
        tracks=[{"title": "Track One", "isrc": "DE-A12-26-00001"}],
        links=["https://www.deezer.com/album/1", "http://www.deezer.com/album/1", "https://phish.example/", "x"],
    )

    found = (await check_store(label.scope, delivery.id)).aftermath.store_check

    assert found is not None
    assert {(each.field, each.ours, each.theirs) for each in found.differences} == {
        ("title", "Night Drive", "Night Ride"),
        ("display_artist", "The Example", "An Example"),
        ("release_date", "2026-01-01", "2026-01-02"),
        ("tracks", "2", "1"),
        ("tracks.0.title", "Track 1", "Track One"),
        ("tracks.0.isrc", release.tracks[0].isrc, "DE-A12-26-00001"),
    }
    assert found.broken_links == ("http://www.deezer.com/album/1", "https://phish.example/", "x")


@pytest.mark.proves("WFL-25")
async def test_a_store_that_cannot_be_asked_is_told_apart_from_one_that_shows_nothing(
    label: Label, other_label: Label, dsp: JsonDsp
) -> None:
    release, delivery = await delivered(label, dsp)
    alone = await label.deliver([release.id], (await label.target()).id)
    dsp.answers.append(JSONResponse({}, 503))

    async def refused(owner: Label, delivery_id: str) -> str:
        with pytest.raises(DomainError) as caught:
            await check_store(owner.scope, delivery_id)
        return caught.value.code

    assert await refused(label, delivery.id) == "STORE_UNREACHABLE"
    assert await refused(label, alone.id) == "STORE_NOT_CHECKABLE"
    assert await refused(other_label, delivery.id) == "NOT_FOUND"
    assert (await label.deliveries.get(delivery.id)).aftermath.store_check is None


@pytest.mark.proves("ADI-01", "ADI-08", "GDE-18")
async def test_the_check_before_distribution_asks_what_the_interface_would_refuse(label: Label, dsp: JsonDsp) -> None:
    target = await set_adapter(label.scope, await label.target(platform="generic"), dsp, token=TOKEN)
    by_hand = await label.target(transport="manual", settings={}, platform="generic")
    release = await label.release()
    tracks = [track.model_copy(update={"isrc": None}) for track in release.tracks]
    change = Change(set={"tracks": tuple(tracks), "icpn": None, "display_artist": ""})
    await label.scope.store.collection(ReleaseDocument).update(release.id, change)

    found = await ReadinessService(label.scope).check([release.id], [target.id])
    by_person = await ReadinessService(label.scope).check([release.id], [by_hand.id])

    told_of_platform = {each for each in told(found.issues) if each[0] == "platform"}
    assert told_of_platform >= {
        ("platform", "IDENTIFIER_MISSING_FOR_PLATFORM", "icpn"),
        ("platform", "IDENTIFIER_MISSING_FOR_PLATFORM", "tracks.0.isrc"),
        ("platform", "IDENTIFIER_MISSING_FOR_PLATFORM", "tracks.1.isrc"),
    }
    assert ("platform", "ARTIST_MISSING_FOR_PERSON", "display_artist") in told(by_person.issues)
