"""A plan that uses everything ERN 4 has a place for, and small changes of plans."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from distro_sdk.models.assets import AudioFormat, AudioProperties
from distro_sdk.models.catalogue import ArtistRole, ContributorRole, ProprietaryId, TitleTranslation
from distro_sdk.models.commerce import (
    CommercialModel,
    CommercialTerms,
    Price,
    RightsClaimPolicy,
    Territories,
    UseType,
)
from distro_sdk.models.message import (
    CompanionFile,
    HashAlgorithm,
    MessageOptions,
    MessagePlan,
    ProfileVariant,
    ReleaseProfile,
)
from distro_sdk.models.planned_releases import PlannedDeal, PlannedRelease, PlannedVisibility, TerritoryDate
from distro_sdk.models.planned_resources import (
    PlannedArtist,
    PlannedContributor,
    PlannedImmersiveEdition,
    PlannedSoundRecording,
    PlannedVideo,
    PlannedWork,
)
from distro_sdk.testing.example_resources import example_file
from distro_sdk.testing.plans import example_plan

TWIN = PlannedImmersiveEdition(
    technical_reference="T1I",
    isrc="SEAYD7900301",
    audio=AudioProperties(
        format=AudioFormat.WAV,
        codec="PCM",
        lossless=True,
        duration=Decimal("188.25"),
        channels=12,
        sample_rate=48_000,
        bit_depth=24,
    ),
    file=example_file("audio", "immersive.wav", 90_000_000),
)
JAPANESE = TitleTranslation(language="ja", title="アニマ", version="ライブ")
SALE = CommercialTerms(
    commercial_model=CommercialModel.PAY_AS_YOU_GO,
    use_types=(UseType.PERMANENT_DOWNLOAD,),
    price=Price(amount=Decimal("9.90"), currency="SEK"),
)
STREAMING = CommercialTerms(
    commercial_model=CommercialModel.SUBSCRIPTION, use_types=(UseType.ON_DEMAND_STREAM, UseType.NON_INTERACTIVE_STREAM)
)
CLAIM = CommercialTerms(
    commercial_model=CommercialModel.RIGHTS_CLAIM,
    use_types=(UseType.USER_MAKE_AVAILABLE_USER_PROVIDED,),
    claim_policy=RightsClaimPolicy.MONETIZE,
)
CHANNEL = "PADPIDA2015101005C"
START = date(2026, 2, 20)


def rich_plan() -> MessagePlan:
    """A classical release of sound recordings and a video, with a booklet, sold in advance and shown before that."""
    plan = example_plan(profile=ReleaseProfile.MIXED_MEDIA, variants=(ProfileVariant.CLASSICAL,))
    artist = plan.parties[0].model_copy(
        update={
            "dpid": "PADPIDA2014120301U",
            "ipn": "00012345",
            "proprietary_ids": (ProprietaryId(namespace="apple", value="4711"),),
        }
    )
    tracks = tuple(track.model_copy(update={"visibility_reference": "V1"}) for track in plan.track_releases)
    return plan.model_copy(
        update={
            "parties": (artist, *plan.parties[1:]),
            "options": MessageOptions(hash_algorithm=HashAlgorithm.SHA256, companions=("mead/1.1",)),
            "sound_recordings": (_rich_recording(plan.sound_recordings[0]), *plan.sound_recordings[1:]),
            "release": plan.release.model_copy(
                update={
                    "grid": "A12425GABC1234002M",
                    "version": "Deluxe",
                    "translations": (JAPANESE,),
                    "territory_dates": (territory_date("DK", date(2026, 2, 27)),),
                    "visibility_reference": "V0",
                }
            ),
            "track_releases": tracks,
            "deals": _rich_deals(("R0", *(track.reference for track in tracks))),
            "visibilities": (
                visibility("V0", ("R0",)),
                visibility("V1", tuple(track.reference for track in tracks), track=True),
            ),
            "companions": (
                CompanionFile(format="mead/1.1", uri="MEAD.xml", file=example_file("", "MEAD.xml", 12_345)),
            ),
        }
    )


def _rich_recording(recording: PlannedSoundRecording) -> PlannedSoundRecording:
    guest = PlannedArtist(party_reference="P2", role=ArtistRole.FEATURED_ARTIST, sequence=2)
    player = PlannedContributor(
        party_reference="P1",
        roles=(ContributorRole.SOLOIST, ContributorRole.PRODUCER),
        instruments=("Violin", "Nyckelharpa"),
        sequence=2,
    )
    return recording.model_copy(
        update={
            "translations": (JAPANESE,),
            "work": PlannedWork(iswc="T0345246801", opus_number="Op. 67", composer_catalog_number="BWV 1007"),
            "artists": (*recording.artists, guest),
            "contributors": (*recording.contributors, player),
            "first_publication_date": date(2020, 3, 1),
            "immersive": TWIN,
        }
    )


def _rich_deals(references: tuple[str, ...]) -> tuple[PlannedDeal, ...]:
    everywhere = Territories(excluded=("US", "CA"))
    return (
        PlannedDeal(
            release_references=("R0",),
            terms=SALE,
            territories=everywhere,
            start_date=date(2026, 1, 20),
            end_date=date(2026, 2, 19),
            price_code="TIER-3",
            pre_order=True,
            instant_gratification=("A1",),
        ),
        deal(SALE, references, territories=everywhere, channels=(CHANNEL,)),
        deal(STREAMING, references, territories=Territories(included=("SE", "NO")), end_date=date(2030, 1, 1)),
        deal(CLAIM, references, excluded_channels=(CHANNEL,)),
    )


def deal(terms: CommercialTerms, references: tuple[str, ...] = ("R0",), **changes: Any) -> PlannedDeal:
    """A deal from the release date on, everywhere unless changed."""
    told = {"territories": Territories(), "start_date": START, **changes}
    return PlannedDeal(release_references=references, terms=terms, **told)


def visibility(reference: str, releases: tuple[str, ...], *, track: bool = False) -> PlannedVisibility:
    """Four dates, all of them different."""
    return PlannedVisibility(
        reference=reference,
        release_references=releases,
        track=track,
        display_start=date(2026, 1, 1),
        cover_art_start=date(2026, 1, 2),
        track_listing_start=date(2026, 1, 3),
        clip_start=date(2026, 1, 4),
    )


def territory_date(code: str, day: date) -> TerritoryDate:
    """A release date in one territory."""
    return TerritoryDate(territories=Territories(included=(code,)), release_date=day)


def with_release(plan: MessagePlan, **changes: Any) -> MessagePlan:
    """The plan with a changed main release."""
    release: PlannedRelease = plan.release.model_copy(update=changes)
    return plan.model_copy(update={"release": release})


def with_recording(plan: MessagePlan, **changes: Any) -> MessagePlan:
    """The plan with its first sound recording changed."""
    first, *others = plan.sound_recordings
    return plan.model_copy(update={"sound_recordings": (first.model_copy(update=changes), *others)})


def with_video(plan: MessagePlan, **changes: Any) -> MessagePlan:
    """The plan with its first video changed."""
    first, *others = plan.videos
    changed: PlannedVideo = first.model_copy(update=changes)
    return plan.model_copy(update={"videos": (changed, *others)})
