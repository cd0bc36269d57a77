"""The check before distribution: every issue of every release with every target, in the groups of the checklist."""

from __future__ import annotations

from typing import Any

import pytest

from distro_core.catalogue.documents import PartyDocument
from distro_core.catalogue.drafts import ReleaseChanges, ReleaseDraft, RightsDraft, TrackDraft
from distro_core.delivery.readiness import service as readiness_module
from distro_core.delivery.readiness.issues import ReadinessGroup
from distro_core.delivery.readiness.service import MOST_RELEASES, MOST_TARGETS, Readiness, ReadinessService
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.store.collection import Change
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.commerce import CommercialModel, CommercialTerms, UseType
from distro_sdk.models.message import MessageOptions
from distro_sdk.models.validation import Severity
from distro_sdk.platforms import PlatformProfile
from tests.delivery.clocks import FixedClock
from tests.delivery.label import Label
from tests.delivery.material import tone
from tests.delivery.readiness_cases import FAR_AWAY, NOW, codes, told
from tests.delivery.transports import with_registry

DEAL = CommercialTerms(commercial_model=CommercialModel.SUBSCRIPTION, use_types=(UseType.ON_DEMAND_STREAM,))
UNUSUAL = CommercialTerms(commercial_model=CommercialModel.FREE_OF_CHARGE, use_types=(UseType.ON_DEMAND_STREAM,))


@pytest.fixture
def early(label: Label) -> Label:
    """A label long before its release date."""
    return label.with_scope(clock=FixedClock(NOW))


async def far_release(label: Label, **changes: Any) -> str:
    """The id of a release without faults that comes out in two months."""
    release = await label.release()
    priced = RightsDraft(start_date=NOW.date(), price_code="FRONTLINE")
    await label.releases.update(release.id, ReleaseChanges(release_date=FAR_AWAY, **{"rights": priced, **changes}))
    return release.id


async def checked(label: Label, release_ids: list[str], *targets: TargetDocument) -> Readiness:
    return await ReadinessService(label.scope).check(release_ids, [target.id for target in targets])


@pytest.mark.proves("GDE-05", "GDE-18")
async def test_a_release_without_faults_is_ready_in_all_eight_groups(early: Label) -> None:
    found = await checked(early, [await far_release(early)], await early.target(platform="generic"))

    assert found.ready
    assert [(count.group.value, count.errors, count.warnings) for count in found.groups] == [
        ("audio", 0, 0),
        ("artwork", 0, 0),
        ("metadata", 0, 0),
        ("identifiers", 0, 0),
        ("lead_time", 0, 0),
        ("credits", 0, 0),
        ("rights", 0, 0),
        ("platform", 0, 0),
    ]
    assert found.issues == []


@pytest.mark.proves("GDE-05", "GDE-18", "WFL-02")
async def test_a_bare_release_has_issues_in_every_group(early: Label) -> None:
    bare = await early.releases.create(
        ReleaseDraft(title="Bare", tracks=(TrackDraft(title="One", display_artist="Somebody"),))
    )
    off = await early.target(platform="generic", active=False)

    found = await checked(early, [bare.id], off)

    assert not found.ready
    assert all(count.errors for count in found.groups)
    assert {
        ("audio", "AUDIO_MISSING", "tracks.0.audio_asset_id"),
        ("artwork", "COVER_MISSING", "images"),
        ("metadata", "GENRE_MISSING", "genre"),
        ("metadata", "RELEASE_NOT_READY", "status"),
        ("identifiers", "ICPN_MISSING", "icpn"),
        ("identifiers", "ISRC_MISSING", "tracks.0.isrc"),
        ("lead_time", "RELEASE_DATE_MISSING", "release_date"),
        ("credits", "ARTISTS_MISSING", "artists"),
        ("credits", "LABEL_MISSING", "label_party_id"),
        ("rights", "P_LINE_MISSING", "p_line"),
        ("platform", "TARGET_INACTIVE", "active"),
    } <= told(tuple(found.issues))
    order = list(ReadinessGroup)
    places = [(order.index(issue.group), issue.severity is Severity.WARNING) for issue in found.issues]
    assert places == sorted(places)


async def test_a_fault_of_the_release_is_told_once_for_all_targets(early: Label) -> None:
    release_id = await far_release(early)
    stored = await early.releases.get(release_id)
    parties = early.scope.store.collection(PartyDocument)
    await parties.raw.delete_one({"_id": stored.tracks[0].contributors[0].party_id})
    bare = await early.releases.create(ReleaseDraft(title="Bare"))
    first, second = await early.target(platform="generic"), await early.target(platform="spotify")

    found = await checked(early, [release_id, bare.id], first, second)

    missing = [issue for issue in found.issues if issue.code == "ICPN_MISSING"]
    assert [(issue.release_id, issue.target_id) for issue in missing] == [(bare.id, None)]
    gone = {(issue.release_id, issue.target_id) for issue in found.issues if issue.code == "PARTY_NOT_FOUND"}
    assert gone == {(release_id, first.id), (release_id, second.id)}


@pytest.mark.proves("WFL-03")
async def test_each_target_is_judged_by_its_own_platform(early: Label) -> None:
    release_id = await far_release(early)
    spotify = await early.target(platform="spotify")
    tiktok = await early.target(platform="tiktok")

    found = await checked(early, [release_id], spotify, tiktok)

    by_target = {
        target.id: {issue.code for issue in found.issues if issue.target_id == target.id}
        for target in (spotify, tiktok)
    }
    assert by_target == {spotify.id: {"ARTIST_ID_MISSING"}, tiktok.id: {"PREVIEW_UNSUITABLE"}}


@pytest.mark.parametrize(
    ("status", "code"),
    [(ReleaseStatus.TAKEN_DOWN, "RELEASE_NOT_READY"), (ReleaseStatus.ARCHIVED, "RELEASE_ARCHIVED")],
)
async def test_only_what_is_ready_can_be_distributed(early: Label, status: ReleaseStatus, code: str) -> None:
    release_id = await far_release(early)
    await early.releases.set_status(release_id, status)

    found = await checked(early, [release_id], await early.target(platform="generic"))

    assert told(tuple(found.issues)) == {("metadata", code, "status")}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"active": False}, {("platform", "TARGET_INACTIVE", "active")}),
        ({"test_mode": True}, {("platform", "TARGET_IN_TEST_MODE", "test_mode")}),
        ({"platform": "atlantis"}, {("platform", "PLATFORM_UNKNOWN", "platform")}),
        (
            {"platform": "deezer", "format": "ern/4.3", "commercial_terms": (DEAL,)},
            {("platform", "PLATFORM_FORMAT_UNSUPPORTED", "format")},
        ),
        ({"format": "ern/9.9"}, {("platform", "FORMAT_UNKNOWN", "format")}),
        ({"choreography": "waltz"}, {("platform", "CHOREOGRAPHY_UNKNOWN", "choreography")}),
        ({"genre_provider": "astrology"}, {("platform", "GENRE_PROVIDER_UNKNOWN", "genre_provider")}),
        ({"transport": "pigeon"}, {("platform", "TRANSPORT_UNKNOWN", "transport")}),
        ({"settings": {}}, {("platform", "TARGET_SETTING_INVALID", "settings.directory")}),
        (
            {"message_settings": {"colour": "green"}},
            {("platform", "MESSAGE_SETTING_INVALID", "message_settings.colour")},
        ),
        (
            {"options": MessageOptions(companions=("mead/0",))},
            {("platform", "COMPANION_UNKNOWN", "options.companions.0")},
        ),
        ({"commercial_terms": (UNUSUAL,)}, {("rights", "COMMERCIAL_MODEL_UNUSUAL", "commercial_terms.0")}),
        (
            {"commercial_terms": (DEAL, DEAL.model_copy(update={"price": {"amount": 1, "currency": "EUR"}}))},
            {("rights", "COMMERCIAL_TERMS_CONTRADICTORY", "")},
        ),
    ],
)
async def test_a_target_that_cannot_be_used_is_told(early: Label, fields: dict[str, Any], expected: set[Any]) -> None:
    release_id = await far_release(early)
    target = await early.target(platform="generic")
    # Plugins may be switched off, and stored settings grow old, long after a target was stored.
    await early.scope.store.collection(TargetDocument).update(target.id, Change(set=fields))

    found = await checked(early, [release_id], target)

    assert told(tuple(found.issues)) == expected


@pytest.mark.proves("TGT-05")
async def test_a_missing_secret_is_told_and_never_its_value(early: Label) -> None:
    release_id = await far_release(early)
    target = await early.target(
        platform="generic",
        transport="sftp",
        settings={"host": "sftp.example.org", "username": "label", "host_key": f"SHA256:{'A' * 43}"},
        secrets={"password": "correct-horse"},
    )
    with_it = await checked(early, [release_id], target)
    await early.scope.store.collection(TargetDocument).update(target.id, Change(set={"sealed": {}}))

    without = await checked(early, [release_id], target)

    assert with_it.ready
    assert codes(without) == {"TARGET_SETTING_INVALID"}
    assert "correct-horse" not in repr(with_it) + repr(without)


@pytest.mark.proves("GDE-08")
async def test_content_id_needs_a_rights_claim(early: Label) -> None:
    release_id = await far_release(early)
    claiming = await early.target(platform="youtube-music")
    streaming = await early.target(platform="youtube-music", commercial_terms=(DEAL,))

    found = await checked(early, [release_id], claiming, streaming)

    missing = [issue for issue in found.issues if issue.code == "COMMERCIAL_MODEL_MISSING"]
    assert [(issue.target_id, issue.release_id, issue.severity) for issue in missing] == [
        (streaming.id, None, Severity.WARNING)
    ]
    assert missing[0].message.startswith("the target does not offer RightsClaimModel")


@pytest.mark.proves("GDE-09")
async def test_tiktok_needs_a_licence_for_users_videos(early: Label) -> None:
    release_id = await far_release(early)
    licensed = await early.target(platform="tiktok")
    unlicensed = await early.target(platform="tiktok", commercial_terms=(DEAL,))

    found = await checked(early, [release_id], licensed, unlicensed)

    missing = [issue for issue in found.issues if issue.code == "COMMERCIAL_MODEL_MISSING"]
    assert [(issue.target_id, issue.severity) for issue in missing] == [(unlicensed.id, Severity.ERROR)]


@pytest.mark.proves("GDE-08")
async def test_what_another_target_was_given_is_compared(early: Label) -> None:
    folder, youtube = await early.target(), await early.target(platform="youtube-music")
    release = await early.release(tone(440))
    await early.deliver([release.id], folder.id)
    same = await checked(early, [release.id], youtube)
    await early.retitle(release.id, "Night Ride")

    other = await checked(early, [release.id], youtube)

    assert "TARGETS_DIFFER" not in codes(same)
    (told_otherwise,) = [issue for issue in other.issues if issue.code == "TARGETS_DIFFER"]
    assert told_otherwise.path == "title"
    assert told_otherwise.message.startswith(f"target {folder.id} was told the title 'Night Drive'")


async def test_a_genre_that_the_platform_has_not_is_told(early: Label) -> None:
    class NoPlace:
        provider, version = "narrow", "1"

        def map(self, genre: object) -> None:
            return None

    mappers = {**early.scope.plugins.genre_mappers, "narrow": NoPlace()}
    narrow = early.with_scope(plugins=with_registry(early.scope, genre_mappers=mappers).plugins)
    release_id = await far_release(narrow)
    wide_target = await narrow.target(platform="generic")
    narrow_target = await narrow.target(platform="generic", genre_provider="narrow")

    found = await checked(narrow, [release_id], wide_target, narrow_target)

    assert told(tuple(found.issues)) == {
        ("metadata", "GENRE_UNMAPPED", "genre"),
        ("metadata", "GENRE_UNMAPPED", "tracks.0.genre"),
        ("metadata", "GENRE_UNMAPPED", "tracks.1.genre"),
    }
    assert {issue.target_id for issue in found.issues} == {narrow_target.id}


async def test_a_profile_of_a_plugin_is_judged_by_like_any_other(early: Label) -> None:
    rule = {"kind": "artist_id", "namespace": "radio", "sentence": "We know artists by number.", "severity": "error"}
    generic = early.scope.plugins.platforms["generic"]
    radio = PlatformProfile.model_validate(generic.model_dump() | {"key": "radio", "name": "Radio", "rules": [rule]})
    platforms = {**early.scope.plugins.platforms, "radio": radio}
    extended = early.with_scope(plugins=with_registry(early.scope, platforms=platforms).plugins)

    found = await checked(extended, [await far_release(extended)], await extended.target(platform="radio"))

    assert [(issue.code, issue.severity) for issue in found.issues] == [("ARTIST_ID_MISSING", Severity.ERROR)]
    assert not found.ready


async def test_nothing_is_stored(early: Label) -> None:
    release_id, target = await far_release(early), await early.target(platform="spotify")
    database = early.scope.store.database

    async def everything() -> dict[str, list[dict[str, Any]]]:
        names = sorted(await database.list_collection_names())
        return {name: await database[name].find({}).to_list(length=None) for name in names}

    before = await everything()
    await checked(early, [release_id], target)

    assert await everything() == before


async def test_the_same_id_twice_is_one(early: Label) -> None:
    release_id, target = await far_release(early), await early.target(platform="spotify")

    once = await checked(early, [release_id], target)
    twice = await checked(early, [release_id, release_id], target, target)

    assert twice.issues == once.issues


@pytest.mark.parametrize(
    ("releases", "targets", "code", "place"),
    [
        (0, 1, "RELEASES_INVALID", "release_ids"),
        (MOST_RELEASES + 1, 1, "RELEASES_INVALID", "release_ids"),
        (1, 0, "TARGETS_INVALID", "target_ids"),
        (1, MOST_TARGETS + 1, "TARGETS_INVALID", "target_ids"),
    ],
)
async def test_one_call_has_limits(early: Label, releases: int, targets: int, code: str, place: str) -> None:
    with pytest.raises(DomainError) as refusal:
        await ReadinessService(early.scope).check(["r"] * releases, ["t"] * targets)

    assert (refusal.value.code, refusal.value.path) == (code, (place,))


async def test_what_belongs_to_others_is_not_found(early: Label, other_label: Label) -> None:
    ours, theirs = await far_release(early), (await other_label.release()).id
    target, their_target = await early.target(), await other_label.target()
    service = ReadinessService(early.scope)

    with pytest.raises(DomainErrors) as releases:
        await service.check([ours, theirs, "nothing"], [target.id])
    with pytest.raises(DomainError) as targets:
        await service.check([ours], [their_target.id])

    assert [(fault.code, fault.path) for fault in releases.value.errors] == [
        ("NOT_FOUND", ("release_ids", 1)),
        ("NOT_FOUND", ("release_ids", 2)),
    ]
    assert (targets.value.code, targets.value.path) == ("NOT_FOUND", ("target_ids", 0))


async def test_issues_beyond_the_list_are_counted(early: Label, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness_module, "MOST_ISSUES", 3)
    bare = await early.releases.create(ReleaseDraft(title="Bare"))

    found = await checked(early, [bare.id], await early.target(platform="generic"))

    assert len(found.issues) == 3
    assert sum(count.errors + count.warnings for count in found.groups) == 3 + found.omitted
    assert found.omitted > 3
