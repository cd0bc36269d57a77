"""When a release is complete: each gap has its own code and path, and ready means that every rule holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from distro_core.catalogue.drafts import ReleaseChanges, ReleaseDraft, TrackChanges, TrackDraft, read_draft
from distro_core.catalogue.releases import ReleaseService
from distro_core.catalogue.tracks import TrackService
from distro_core.scope import Scope
from distro_sdk.errors import DomainErrors
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.validation import Severity
from tests.unit.catalogue.examples import complete_draft, isrc, store_audio, store_image, store_video

Finding = tuple[str, str]


async def findings(scope: Scope, release_id: str) -> tuple[set[Finding], set[Finding]]:
    """The errors and the warnings of a release, as codes with paths."""
    issues = await ReleaseService(scope).check(release_id)
    errors = {(issue.code, issue.path) for issue in issues if issue.severity is Severity.ERROR}
    warnings = {(issue.code, issue.path) for issue in issues if issue.severity is Severity.WARNING}
    assert [issue.severity for issue in issues] == sorted((issue.severity for issue in issues), reverse=False)
    return errors, warnings


@pytest.mark.proves("CAT-13")
async def test_a_complete_release_has_no_finding(label_a: Scope) -> None:
    release = await ReleaseService(label_a).create(await complete_draft(label_a, tracks=3))

    assert await findings(label_a, release.id) == (set(), set())


@pytest.mark.proves("CAT-13", "CAT-27")
async def test_a_title_alone_lacks_everything_else(label_a: Scope) -> None:
    release = await ReleaseService(label_a).create(ReleaseDraft(title="Low Tide"))

    errors, warnings = await findings(label_a, release.id)

    assert errors == {
        ("DISPLAY_ARTIST_MISSING", "display_artist"),
        ("ARTISTS_MISSING", "artists"),
        ("ICPN_MISSING", "icpn"),
        ("RELEASE_DATE_MISSING", "release_date"),
        ("LABEL_MISSING", "label_party_id"),
        ("P_LINE_MISSING", "p_line"),
        ("C_LINE_MISSING", "c_line"),
        ("COVER_MISSING", "images"),
        ("TRACKS_MISSING", "tracks"),
        ("GENRE_MISSING", "genre"),
    }
    assert warnings == {("LANGUAGE_MISSING", "language")}


@pytest.mark.proves("CAT-13")
@pytest.mark.parametrize(
    ("removed", "code", "path", "severity"),
    [
        ({"display_artist": None}, "DISPLAY_ARTIST_MISSING", "display_artist", "error"),
        ({"artists": None}, "ARTISTS_MISSING", "artists", "error"),
        ({"icpn": None}, "ICPN_MISSING", "icpn", "error"),
        ({"release_date": None}, "RELEASE_DATE_MISSING", "release_date", "error"),
        ({"label": None}, "LABEL_MISSING", "label_party_id", "error"),
        ({"p_line": None}, "P_LINE_MISSING", "p_line", "error"),
        ({"c_line": None}, "C_LINE_MISSING", "c_line", "error"),
        ({"images": None}, "COVER_MISSING", "images", "error"),
        ({"genre": None}, "GENRE_MISSING", "genre", "error"),
        ({"language": None}, "LANGUAGE_MISSING", "language", "warning"),
    ],
)
async def test_each_missing_field_has_its_own_code_and_path(
    label_a: Scope, removed: dict[str, Any], code: str, path: str, severity: str
) -> None:
    release = await ReleaseService(label_a).create(await complete_draft(label_a))

    await ReleaseService(label_a).update(release.id, read_draft(ReleaseChanges, removed))

    errors, warnings = await findings(label_a, release.id)
    assert (errors, warnings) == (({(code, path)}, set()) if severity == "error" else (set(), {(code, path)}))


@pytest.mark.proves("CAT-13", "TRK-03")
async def test_each_track_needs_an_isrc_and_audio(label_a: Scope) -> None:
    release = await ReleaseService(label_a).create(await complete_draft(label_a, tracks=3))
    service = TrackService(label_a)

    await service.update(release.tracks[1].id, TrackChanges(isrc=None))
    await service.update(release.tracks[2].id, TrackChanges(audio_asset_id=None))

    errors, _ = await findings(label_a, release.id)
    assert errors == {("ISRC_MISSING", "tracks.1.isrc"), ("AUDIO_MISSING", "tracks.2.audio_asset_id")}
    with pytest.raises(DomainErrors) as refused:
        await ReleaseService(label_a).set_status(release.id, ReleaseStatus.READY)
    assert [(fault.code, fault.path) for fault in refused.value.errors] == [
        ("ISRC_MISSING", ("tracks", 1, "isrc")),
        ("AUDIO_MISSING", ("tracks", 2, "audio_asset_id")),
    ]


@pytest.mark.parametrize(
    ("discs", "wrong"),
    [
        ((1, 1, 2, 2), ()),
        ((1, 2, 3, 3), ()),
        ((2, 2, 2, 2), (0,)),
        ((1, 1, 3, 3), (2,)),
        ((1, 2, 1, 2), (2,)),
    ],
)
async def test_discs_are_numbered_from_one_in_playing_order(
    label_a: Scope, discs: tuple[int, ...], wrong: tuple[int, ...]
) -> None:
    release = await ReleaseService(label_a).create(await complete_draft(label_a, tracks=4))

    for track, disc in zip(release.tracks, discs, strict=True):
        await TrackService(label_a).update(track.id, TrackChanges(disc_number=disc))

    errors, _ = await findings(label_a, release.id)
    assert errors == {("DISC_NUMBERS_INVALID", f"tracks.{place}.disc_number") for place in wrong}


async def test_the_same_recording_stands_once_on_a_release(label_a: Scope) -> None:
    release = await ReleaseService(label_a).create(await complete_draft(label_a, tracks=2))

    await TrackService(label_a).update(release.tracks[1].id, TrackChanges(isrc=release.tracks[0].isrc))

    errors, _ = await findings(label_a, release.id)
    assert errors == {("ISRC_REPEATED", "tracks.0.isrc"), ("ISRC_REPEATED", "tracks.1.isrc")}


@pytest.mark.proves("CAT-13")
@pytest.mark.parametrize(
    ("width", "height", "errors", "warnings"),
    [
        (3000, 3000, set(), set()),
        (2999, 2999, set(), {("COVER_TOO_SMALL", "images.0")}),
        (3000, 2999, {("COVER_NOT_SQUARE", "images.0")}, {("COVER_TOO_SMALL", "images.0")}),
        (4000, 3000, {("COVER_NOT_SQUARE", "images.0")}, set()),
    ],
)
async def test_a_cover_is_square_and_large(
    label_a: Scope, width: int, height: int, errors: set[Finding], warnings: set[Finding]
) -> None:
    cover = await store_image(label_a, width=width, height=height)
    release = await ReleaseService(label_a).create(await complete_draft(label_a))

    await ReleaseService(label_a).update(release.id, read_draft(ReleaseChanges, {"images": [{"asset_id": cover.id}]}))

    assert await findings(label_a, release.id) == (errors, warnings)


async def test_a_release_has_one_front_cover_and_other_images_of_any_shape(label_a: Scope) -> None:
    first, second, small = await store_image(label_a), await store_image(label_a), await store_image(label_a, width=10)
    release = await ReleaseService(label_a).create(await complete_draft(label_a))
    images = [{"asset_id": first.id}, {"asset_id": small.id, "type": "Booklet"}, {"asset_id": second.id}]

    await ReleaseService(label_a).update(release.id, read_draft(ReleaseChanges, {"images": images}))

    assert await findings(label_a, release.id) == ({("COVER_REPEATED", "images.2")}, set())


@pytest.mark.proves("CAT-13")
@pytest.mark.parametrize(("bit_rate", "warned"), [(127, True), (128, False)])
async def test_audio_of_a_low_bit_rate_is_warned_of(label_a: Scope, bit_rate: int, warned: bool) -> None:
    audio = await store_audio(label_a, bit_rate=bit_rate)
    release = await ReleaseService(label_a).create(await complete_draft(label_a))

    await TrackService(label_a).update(release.tracks[0].id, TrackChanges(audio_asset_id=audio.id))

    _, warnings = await findings(label_a, release.id)
    assert warnings == ({("BIT_RATE_LOW", "tracks.0.audio_asset_id")} if warned else set())


async def test_a_preview_that_no_longer_fits_its_audio_is_found(label_a: Scope) -> None:
    release = await ReleaseService(label_a).create(await complete_draft(label_a))
    track, service = release.tracks[0], TrackService(label_a)
    await service.update(track.id, read_draft(TrackChanges, {"preview": {"start_time": 60}}))
    short = await store_audio(label_a, duration="70")
    await service.update(track.id, TrackChanges(audio_asset_id=None))
    await service.update(track.id, read_draft(TrackChanges, {"preview": {"start_time": 60}}))

    await label_a.store.collection(type(release)).raw.update_one(
        {"_id": release.id}, {"$set": {"tracks.0.audio_asset_id": short.id}}
    )

    errors, _ = await findings(label_a, release.id)
    assert errors == {("PREVIEW_OUTSIDE_TRACK", "tracks.0.preview")}


@pytest.mark.proves("TRK-12")
async def test_previews_and_cues_of_a_video_lie_within_it(label_a: Scope) -> None:
    video = await store_video(label_a, duration="200")
    cue = {"title": "Tide", "start_time": 100, "duration": 100, "isrc": isrc(9)}
    late = {**cue, "duration": "100.1"}
    p_line = {"year": 2020, "company": "Polar Records"}
    film = {
        "title": "Film",
        "display_artist": "Ann",
        "resource_type": "Video",
        "video_type": "LongFormMusicalWorkVideo",
        "video_asset_id": video.id,
    }
    outside = {**film, "preview": {"start_time": 190, "duration": 30}, "cues": [cue, late]}

    with pytest.raises(DomainErrors) as on_release:
        await ReleaseService(label_a).create(read_draft(ReleaseDraft, {"title": "Film", "tracks": [outside]}))
    made = await ReleaseService(label_a).create(
        read_draft(ReleaseDraft, {"title": "Film", "tracks": [{**film, "cues": [cue, {**cue, "p_line": p_line}]}]})
    )
    with pytest.raises(DomainErrors) as on_track:
        await TrackService(label_a).update(made.tracks[0].id, read_draft(TrackChanges, {"cues": [late]}))
    await label_a.store.collection(type(made)).raw.update_one(
        {"_id": made.id}, {"$set": {"tracks.0.cues.1.duration": "101"}}
    )

    assert [(fault.code, fault.path) for fault in on_release.value.errors] == [
        ("PREVIEW_OUTSIDE_TRACK", ("tracks", 0, "preview")),
        ("CUE_OUTSIDE_VIDEO", ("tracks", 0, "cues", 1)),
    ]
    assert [(fault.code, fault.path) for fault in on_track.value.errors] == [("CUE_OUTSIDE_VIDEO", ("cues", 0))]
    errors, warnings = await findings(label_a, made.id)
    assert ("CUE_OUTSIDE_VIDEO", "tracks.0.cues.1") in errors
    assert ("CUE_P_LINE_TAKEN_OVER", "tracks.0.cues.0.p_line") in warnings
    assert ("CUE_P_LINE_TAKEN_OVER", "tracks.0.cues.1.p_line") not in warnings
    assert made.tracks[0].cues[1].p_line == RightsLine(year=2020, text="℗ 2020 Polar Records", company="Polar Records")


async def test_an_offer_before_the_release_date_is_warned_of(label_a: Scope) -> None:
    release = await ReleaseService(label_a).create(await complete_draft(label_a))
    day = release.release_date
    assert day is not None
    groups = [
        {"territories": {"included": ["SE"]}, "start_date": day - timedelta(days=1)},
        {"territories": {"excluded": ["SE"]}, "start_date": day},
    ]

    await ReleaseService(label_a).update(release.id, read_draft(ReleaseChanges, {"territory_groups": groups}))

    assert await findings(label_a, release.id) == (
        set(),
        {("RELEASE_DATE_AFTER_OFFER", "territory_groups.0.start_date")},
    )


async def test_a_file_that_is_gone_is_found(label_a: Scope) -> None:
    release = await ReleaseService(label_a).create(await complete_draft(label_a))
    await label_a.store.database["assets"].delete_many({})

    errors, _ = await findings(label_a, release.id)

    assert errors == {("ASSET_NOT_FOUND", "images.0.asset_id"), ("ASSET_NOT_FOUND", "tracks.0.audio_asset_id")}


@pytest.mark.parametrize(("type", "refused"), [("Video", True), ("Mixed", True), ("Album", False), ("EP", False)])
async def test_a_type_that_asks_for_videos_does_not_fit_audio(label_a: Scope, type: str, refused: bool) -> None:
    release = await ReleaseService(label_a).create(await complete_draft(label_a))

    await ReleaseService(label_a).update(release.id, ReleaseChanges(type=type))

    errors, _ = await findings(label_a, release.id)
    assert errors == ({("RELEASE_TYPE_UNFIT", "type")} if refused else set())


@pytest.mark.proves("CAT-26")
async def test_an_isrc_that_others_use_is_warned_of_with_their_tracks(label_a: Scope, label_b: Scope) -> None:
    ours = await ReleaseService(label_a).create(await complete_draft(label_a))
    shared = ours.tracks[0].isrc
    draft = ReleaseDraft(
        title="Best of", display_artist="Ann", tracks=(TrackDraft(title="Song 1 (remaster)", isrc=shared),)
    )
    best_of = await ReleaseService(label_a).create(draft)
    await ReleaseService(label_b).create(draft)

    issues = await ReleaseService(label_a).check(ours.id)

    assert [(issue.code, issue.path, issue.severity) for issue in issues] == [
        ("ISRC_ELSEWHERE", "tracks.0.isrc", Severity.WARNING)
    ]
    assert "'Song 1 (remaster)' on 'Best of'" in issues[0].message
    assert best_of.id in issues[0].message
    assert best_of.tracks[0].id in issues[0].message
    ready = await ReleaseService(label_a).set_status(ours.id, ReleaseStatus.READY)
    assert ready.status is ReleaseStatus.READY


async def test_many_uses_of_an_isrc_are_named_up_to_five(label_a: Scope) -> None:
    for place in range(7):
        song = TrackDraft(title=f"Copy {place}", isrc=isrc(1))
        await ReleaseService(label_a).create(ReleaseDraft(title="Other", display_artist="Ann", tracks=(song,)))
    release = await ReleaseService(label_a).create(
        ReleaseDraft(title="Mine", display_artist="Ann", tracks=(TrackDraft(title="Song", isrc=isrc(1)),))
    )

    issues = await ReleaseService(label_a).check(release.id)

    (warning,) = [issue for issue in issues if issue.code == "ISRC_ELSEWHERE"]
    assert warning.message.endswith("and 2 more")
