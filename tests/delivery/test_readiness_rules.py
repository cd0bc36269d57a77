"""What platforms ask for: every requirement and every special rule, kept and broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro_core.delivery.readiness.case import GivenElsewhere
from distro_core.delivery.readiness.requirements import find_unmet_requirements, overlap
from distro_core.delivery.readiness.rules import find_broken_rules
from distro_core.delivery.readiness.targets import find_target_faults
from distro_sdk.models.assets import AudioFormat, ImageFormat
from distro_sdk.models.catalogue import (
    CompleteRelease,
    Contributor,
    ContributorRole,
    ImmersiveEdition,
    Preview,
    ReleaseType,
)
from distro_sdk.models.commerce import (
    WORLDWIDE,
    CommercialModel,
    CommercialTerms,
    Rights,
    Territories,
    TerritoryGroup,
    UseType,
)
from distro_sdk.models.message import MessageOptions
from distro_sdk.models.validation import Severity
from tests.delivery.label import Label
from tests.delivery.readiness_cases import (
    FAR_AWAY,
    NOW,
    Found,
    case_of,
    changed,
    known_as,
    of_release,
    told,
    with_audio,
    with_cover,
    with_track,
    with_tracks,
)
from tests.delivery.transports import with_registry

Change = Callable[[CompleteRelease], CompleteRelease]
US, DE = Territories(included=("US",)), Territories(included=("DE",))
FIRST_AUDIO = "tracks.0.audio_asset_id"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda c: c, set()),
        (lambda c: with_audio(c, format=AudioFormat.FLAC), set()),
        (
            lambda c: with_audio(c, format=AudioFormat.MP3, lossless=False, bit_depth=None),
            {("audio", "AUDIO_FORMAT_UNSUITABLE", FIRST_AUDIO)},
        ),
        (lambda c: with_audio(c, sample_rate=44_099), {("audio", "SAMPLE_RATE_UNSUITABLE", FIRST_AUDIO)}),
        (lambda c: with_audio(c, sample_rate=192_000), set()),
        (lambda c: with_audio(c, sample_rate=192_001), {("audio", "SAMPLE_RATE_UNSUITABLE", FIRST_AUDIO)}),
        (lambda c: with_audio(c, bit_depth=24), set()),
        (lambda c: with_audio(c, bit_depth=32), {("audio", "BIT_DEPTH_UNSUITABLE", FIRST_AUDIO)}),
        (lambda c: with_audio(c, channels=6), {("audio", "CHANNELS_UNSUITABLE", FIRST_AUDIO)}),
        (lambda c: with_cover(c, width=2999), {("artwork", "COVER_BELOW_MINIMUM", "images.0")}),
        (lambda c: with_cover(c, format=ImageFormat.PNG), set()),
        (lambda c: with_cover(c, size=10_000_000), set()),
        (lambda c: with_cover(c, size=10_000_001), {("artwork", "COVER_FILE_TOO_LARGE", "images.0")}),
        (lambda c: with_cover(c, colour_mode="CMYK"), {("artwork", "COVER_COLOURS_UNSUITABLE", "images.0")}),
        (lambda c: changed(c, release_date=date(2026, 3, 15)), set()),
        (
            lambda c: changed(c, release_date=date(2026, 3, 14)),
            {("lead_time", "LEAD_TIME_SHORT", "release_date")},
        ),
        (lambda c: changed(c, release_date=date(2026, 3, 8)), {("lead_time", "LEAD_TIME_SHORT", "release_date")}),
        (lambda c: changed(c, release_date=date(2026, 3, 7)), {("lead_time", "LEAD_TIME_TOO_SHORT", "release_date")}),
        (lambda c: changed(c, release_date=date(2026, 3, 1)), {("lead_time", "LEAD_TIME_TOO_SHORT", "release_date")}),
        (lambda c: changed(c, release_date=date(2026, 2, 28)), {("lead_time", "RELEASE_DATE_PAST", "release_date")}),
        (lambda c: changed(c, release_date=None), set()),
        (lambda c: changed(c, rights=Rights(start_date=date(2020, 1, 1), end_date=date(2026, 3, 1))), set()),
        (
            lambda c: changed(c, rights=Rights(start_date=date(2020, 1, 1), end_date=date(2026, 2, 28))),
            {("rights", "RIGHTS_ENDED", "rights.end_date")},
        ),
    ],
)
@pytest.mark.proves("WLK-01", "WLK-12")
async def test_what_every_platform_asks_for(label: Label, change: Change, found: Found) -> None:
    case = await case_of(label, "generic")

    assert told(tuple(find_unmet_requirements(of_release(case, change(case.complete))))) == found


async def test_the_profile_sets_the_figures(label: Label) -> None:
    case = await case_of(label, "generic", minimum_cover=4000)
    only_png = case.profile.images.model_copy(update={"formats": (ImageFormat.PNG,)})
    strict = replace(case, profile=case.profile.model_copy(update={"images": only_png, "lead_time": 90}))

    assert told(tuple(find_unmet_requirements(strict))) == {
        ("artwork", "COVER_BELOW_MINIMUM", "images.0"),
        ("artwork", "COVER_FORMAT_UNSUITABLE", "images.0"),
        ("lead_time", "LEAD_TIME_TOO_SHORT", "release_date"),
    }


async def test_errors_and_warnings_are_told_apart(label: Label) -> None:
    case = await case_of(label, "generic")

    soon = of_release(case, changed(case.complete, release_date=date(2026, 3, 9)))
    now = of_release(case, changed(case.complete, release_date=date(2026, 3, 2)))

    assert [issue.severity for issue in find_unmet_requirements(soon)] == [Severity.WARNING]
    assert [issue.severity for issue in find_unmet_requirements(now)] == [Severity.ERROR]


async def test_a_release_must_be_offered_where_the_platform_serves(label: Label) -> None:
    case = await case_of(label, "pandora")
    in_germany = changed(case.complete, territories=DE)
    grouped = changed(case.complete, territory_groups=(TerritoryGroup(territories=DE, start_date=FAR_AWAY),))

    assert told(tuple(find_unmet_requirements(case))) == set()
    assert told(tuple(find_unmet_requirements(of_release(case, in_germany)))) == {
        ("rights", "TERRITORIES_UNSERVED", "territories")
    }
    assert told(tuple(find_unmet_requirements(of_release(case, grouped)))) == {
        ("rights", "TERRITORIES_UNSERVED", "territory_groups")
    }


CODES = ("US", "DE", "FR", "JP")
SOME = st.sets(st.sampled_from(CODES), max_size=3)


@st.composite
def any_territories(draw: st.DrawFn) -> Territories:
    included = draw(st.one_of(st.just({WORLDWIDE}), st.sets(st.sampled_from(CODES), min_size=1)))
    return Territories(included=tuple(sorted(included)), excluded=tuple(sorted(draw(SOME) - included)))


def served(territories: Territories) -> set[str]:
    """Every code that belongs to them; ZZ stands for the rest of the world."""
    included = {*CODES, "ZZ"} if WORLDWIDE in territories.included else set(territories.included)
    return included - set(territories.excluded)


@given(any_territories(), any_territories())
def test_territories_overlap_where_they_share_one(one: Territories, other: Territories) -> None:
    assert overlap(one, other) == bool(served(one) & served(other))
    assert overlap(one, other) == overlap(other, one)


@pytest.mark.proves("GDE-06")
@pytest.mark.parametrize(
    ("now", "found"),
    [
        (datetime(2026, 4, 10, 0, 0, tzinfo=UTC), set()),
        (datetime(2026, 4, 10, 0, 1, tzinfo=UTC), {"LEAD_TIME_RULE_BROKEN"}),
        (datetime(2026, 4, 28, 0, 0, tzinfo=UTC), {"LEAD_TIME_RULE_BROKEN"}),
        (datetime(2026, 4, 28, 0, 1, tzinfo=UTC), {"LEAD_TIME_RULE_BROKEN"}),
        (datetime(2026, 5, 2, 0, 0, tzinfo=UTC), set()),
    ],
)
async def test_spotify_wants_72_hours_and_three_weeks_for_pre_saves(
    label: Label, now: datetime, found: set[str]
) -> None:
    case = replace(await case_of(label, "spotify"), now=now)
    known = of_release(case, known_as(case.complete, "spotify"))

    broken = list(find_broken_rules(known))

    too_late = timedelta(0) < datetime(2026, 5, 1, tzinfo=UTC) - now < timedelta(hours=72)
    assert {issue.code for issue in broken} == set(found)
    assert [issue.severity for issue in broken].count(Severity.ERROR) == too_late
    assert all(issue.group.value == "lead_time" for issue in broken)


async def test_hours_take_the_place_of_days(label: Label) -> None:
    case = replace(await case_of(label, "spotify"), now=datetime(2026, 4, 29, 12, tzinfo=UTC))

    unmet = [(issue.code, issue.severity) for issue in find_unmet_requirements(case)]

    assert unmet == [("LEAD_TIME_SHORT", Severity.WARNING)]


def for_apple(complete: CompleteRelease) -> CompleteRelease:
    writer = Contributor(party_id=complete.release.artists[0].party_id, roles=(ContributorRole.COMPOSER_LYRICIST,))
    return known_as(with_tracks(changed(complete, type=ReleaseType.SINGLE), contributors=(writer,)), "apple")


@pytest.mark.proves("GDE-07")
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda c: c, set()),
        (lambda c: with_track(c, contributors=()), {("credits", "CONTRIBUTOR_MISSING", "tracks.0.contributors")}),
        (
            lambda c: with_audio(c, format=AudioFormat.MP3, lossless=False),
            {("audio", "AUDIO_NOT_LOSSLESS", FIRST_AUDIO)},
        ),
        (
            lambda c: with_track(c, immersive=ImmersiveEdition(isrc="DEA122600001", audio_asset_id="twin")),
            {("audio", "IMMERSIVE_LEFT_OUT", "tracks.0.immersive")},
        ),
        (lambda c: changed(c, type=ReleaseType.ALBUM), {("artwork", "BOOKLET_MISSING", "booklet_asset_id")}),
        (lambda c: changed(c, type=ReleaseType.ALBUM, booklet_asset_id="booklet"), set()),
        (lambda c: known_as(c, "spotify"), {("platform", "ARTIST_ID_MISSING", "artists.0")}),
    ],
)
async def test_apple_wants_credits_lossless_audio_atmos_and_booklets(
    label: Label, change: Change, found: Found
) -> None:
    case = await case_of(
        label,
        "apple-music",
        message_settings={"provider": "NorthernLights"},
        options=MessageOptions(immersive_audio=False),
    )

    assert told(tuple(find_broken_rules(of_release(case, change(for_apple(case.complete)))))) == found


async def test_an_instrumental_track_needs_no_lyricist(label: Label) -> None:
    case = await case_of(label, "apple-music", message_settings={"provider": "NorthernLights"})
    composer = Contributor(party_id=case.release.artists[0].party_id, roles=(ContributorRole.COMPOSER,))
    composed = with_tracks(for_apple(case.complete), contributors=(composer,))

    sung = list(find_broken_rules(of_release(case, composed)))
    played = list(find_broken_rules(of_release(case, with_tracks(composed, instrumental=True))))

    assert [issue.path for issue in sung] == ["tracks.0.contributors", "tracks.1.contributors"]
    assert "names no Lyricist" in sung[0].message
    assert played == []


async def test_an_immersive_twin_that_is_delivered_is_no_issue(label: Label) -> None:
    case = await case_of(label, "tidal", options=MessageOptions(immersive_audio=True))
    twin = with_track(case.complete, immersive=ImmersiveEdition(isrc="DEA122600001", audio_asset_id="twin"))

    assert list(find_broken_rules(of_release(case, twin))) == []


@pytest.mark.proves("GDE-08")
async def test_youtube_wants_title_and_cover_of_the_other_targets(label: Label) -> None:
    case = await case_of(label, "youtube-music")
    case = of_release(case, known_as(case.complete, "YouTube"))
    title, cover = case.release.title, case.release.images[0].asset_id

    def judged(*given: GivenElsewhere) -> Found:
        return told(tuple(find_broken_rules(replace(case, elsewhere=given))))

    assert judged() == set()
    assert judged(GivenElsewhere("other", title, frozenset({cover}))) == set()
    assert judged(GivenElsewhere("other", title, frozenset())) == set()
    assert judged(GivenElsewhere("other", "Night Ride", frozenset({cover}))) == {
        ("platform", "TARGETS_DIFFER", "title")
    }
    assert judged(GivenElsewhere("other", title, frozenset({"old"}))) == {("platform", "TARGETS_DIFFER", "images.0")}
    assert judged(GivenElsewhere(case.target.id, "Night Ride", frozenset({"old"}))) == set()


@pytest.mark.proves("GDE-09")
@pytest.mark.parametrize(
    ("preview", "found"),
    [
        (Preview(start_time=Decimal(10), duration=Decimal(15)), set()),
        (Preview(start_time=Decimal(10), duration=Decimal(60)), set()),
        (
            Preview(start_time=Decimal(10), duration=Decimal("14.9")),
            {("audio", "PREVIEW_UNSUITABLE", "tracks.0.preview")},
        ),
        (
            Preview(start_time=Decimal(10), duration=Decimal("60.1")),
            {("audio", "PREVIEW_UNSUITABLE", "tracks.0.preview")},
        ),
        (None, {("audio", "PREVIEW_UNSUITABLE", "tracks.0.preview")}),
    ],
)
async def test_tiktok_wants_a_preview_of_each_recording(label: Label, preview: Preview | None, found: Found) -> None:
    case = await case_of(label, "tiktok")
    usual = with_tracks(case.complete, preview=Preview(start_time=Decimal(0)))

    assert told(tuple(find_broken_rules(of_release(case, with_track(usual, preview=preview))))) == found


def _with_every_fault(complete: CompleteRelease) -> CompleteRelease:
    """The release with files, a date and territories that no platform takes."""
    audio = with_audio(complete, format=AudioFormat.MP3, sample_rate=1, bit_depth=7, channels=9)
    cover = with_cover(audio, size=10**10, width=1, height=1, colour_mode="LAB")
    return changed(cover, release_date=NOW.date(), territories=DE)


async def test_every_platform_is_named_so_that_the_sentences_read_well(label: Label) -> None:
    profiles = label.scope.plugins.platforms
    for key, profile in profiles.items():
        settings = {"provider": "NorthernLights"} if profile.formats[0].startswith("apple") else {}
        case = await case_of(label, key, message_settings=settings)
        case = replace(case, profile=profile.model_copy(update={"territories": US}))
        free = CommercialTerms(commercial_model=CommercialModel.FREE_OF_CHARGE, use_types=(UseType.ON_DEMAND_STREAM,))
        odd = case.target.model_copy(update={"format": "ern/9", "commercial_terms": (free,)})
        builders = {"ern/9": label.scope.plugins.message_builders["ern/4.3"]}

        found = [
            *find_unmet_requirements(of_release(case, _with_every_fault(case.complete))),
            *await find_target_faults(with_registry(label.scope, message_builders=builders), odd),
        ]

        naming = [issue.message for issue in found if profile.name in issue.message]
        assert all(f"“{profile.name}”" in message for message in naming), naming
        assert len(naming) >= 6, [issue.message for issue in found]

    generic = profiles["generic"]
    sentences = {
        issue.code: issue.message
        for issue in find_unmet_requirements(
            of_release(await case_of(label, generic.key), with_audio(case.complete, format=AudioFormat.MP3))
        )
    }
    assert sentences["AUDIO_FORMAT_UNSUITABLE"].endswith(
        "is MP3, and “A DSP that takes ERN 4.3 batches” takes WAV, FLAC"
    )


async def test_an_issue_says_what_is_asked_and_why(label: Label) -> None:
    case = await case_of(label, "tiktok")

    issue = next(find_broken_rules(case))

    assert issue.message == (
        "track 1 has no preview. TikTok plays parts of 15 to 60 seconds: each recording says which one."
    )
    assert (issue.release_id, issue.target_id) == (case.release.id, case.target.id)
