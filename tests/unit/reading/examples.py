"""Releases that use everything our model has, to be told and read back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from distro_sdk.models.assets import Asset, AssetKind, VideoFormat, VideoProperties
from distro_sdk.models.catalogue import (
    CompleteRelease,
    Genre,
    ImageType,
    ImmersiveEdition,
    ProprietaryId,
    ReleaseImage,
    ReleaseType,
    ResourceType,
    TitleTranslation,
    Track,
    VideoType,
)
from distro_sdk.models.commerce import Territories, TerritoryGroup, Visibility
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.structure import Cue, MusicalWork, ReleaseComponent
from tests.catalogue_examples import audio_asset, example_release, hashes, image_asset

GERMAN = TitleTranslation(language="de", title="Gezeiten", version="Neu")
JAPANESE = TitleTranslation(language="ja", title="潮")


def box_set() -> CompleteRelease:
    """Three discs, two of them a release of their own, with works of several parts and dates by territory."""
    plain = example_release(tracks=6, discs=3, type=ReleaseType.ALBUM)
    tracks = [
        track.model_copy(
            update={
                "translations": (JAPANESE,),
                "genre": Genre(name="Choral", subgenre_name="Motet") if place == 0 else track.genre,
                "first_publication_date": date(2001, 3, 4),
                "iswc": None if place == 5 else track.iswc,
            }
        )
        for place, track in enumerate(plain.release.tracks)
    ]
    tracks[1] = tracks[1].model_copy(update={"instant_gratification_date": date(2026, 5, 1)})
    tracks[2] = tracks[2].model_copy(
        update={"immersive": ImmersiveEdition(isrc="QZNLR2690003", audio_asset_id="immersive-3")}
    )
    tracks[5] = tracks[5].model_copy(update={"instrumental": True, "language": None})
    work = MusicalWork(
        title="Six Tides", track_ids=(tracks[2].id, tracks[3].id), opus_number="Op. 8", composer_catalog_number="NV 12"
    )
    release = plain.release.model_copy(
        update={
            "version": "Complete",
            "translations": (GERMAN,),
            "tracks": tuple(tracks),
            "works": (work,),
            "components": (
                ReleaseComponent(title="Ebb", icpn="4006381333931", disc_numbers=(1,)),
                ReleaseComponent(title="Flow", grid="A12425GABC1234002M", disc_numbers=(2, 3)),
            ),
            "release_date": date(2026, 6, 5),
            "rights": None,
            "territories": Territories(),
            "territory_groups": (
                TerritoryGroup(
                    territories=Territories(excluded=("SE", "JP")), start_date=date(2026, 6, 5), price_code="P1"
                ),
                TerritoryGroup(
                    territories=Territories(included=("SE",)), start_date=date(2026, 7, 1), end_date=date(2030, 1, 1)
                ),
            ),
            "pre_order_date": date(2026, 5, 1),
            "visibility": Visibility(
                display_start=date(2026, 4, 1), cover_art_start=date(2026, 4, 2), clip_start=date(2026, 4, 3)
            ),
            "booklet_asset_id": "booklet",
        }
    )
    booklet = Asset(id="booklet", kind=AssetKind.DOCUMENT, file_name="b.pdf", size=9000, hashes=hashes("booklet"))
    parties = (
        plain.parties[0].model_copy(
            update={"proprietary_ids": (ProprietaryId(namespace="PADPIDA2013020802I", value="artist-77"),)}
        ),
        *plain.parties[1:],
    )
    return CompleteRelease(
        release=release, parties=parties, assets=(*plain.assets, audio_asset("immersive-3"), booklet)
    )


def mixed_release() -> CompleteRelease:
    """Two recordings and two videos, each of which an image stands for."""
    plain = example_release(tracks=2, type=ReleaseType.ALBUM)
    videos = tuple(_video(number, f"capture-{number}") for number in (3, 4))
    release = plain.release.model_copy(
        update={"type": ReleaseType.MIXED, "tracks": (*plain.release.tracks, *videos)},
    )
    files = tuple(video_asset(f"video-{number}") for number in (3, 4))
    images = tuple(image_asset(f"capture-{number}", side=900) for number in (3, 4))
    return CompleteRelease(release=release, parties=plain.parties, assets=(*plain.assets, *files, *images))


def concert_film() -> CompleteRelease:
    """One long video with what is heard in it."""
    plain = example_release(tracks=1)
    cues = (
        Cue(title="Tide 1", start_time=Decimal(0), duration=Decimal("61.5"), isrc="QZNLR2600001"),
        Cue(
            title="Ebb",
            start_time=Decimal("161.5"),
            duration=Decimal(40),
            isrc="QZNLR2600002",
            p_line=RightsLine(year=1999, text="℗ 1999 Another Label", company="Another Label"),
            c_line=RightsLine(year=1998, text="© 1998 Another Label"),
        ),
        Cue(
            title="Tide 2",
            start_time=Decimal("61.5"),
            duration=Decimal(100),
            iswc="T0345246801",
            display_artist="Someone & Else",
        ),
    )
    film = _video(1, "capture-1").model_copy(update={"video_type": VideoType.LONG_FORM, "cues": cues})
    cover = ReleaseImage(asset_id="cover", type=ImageType.FRONT_COVER)
    release = plain.release.model_copy(
        update={"type": ReleaseType.VIDEO, "tracks": (film,), "images": (cover,)},
    )
    assets = (image_asset("cover"), image_asset("capture-1", side=900), video_asset("video-1"))
    return CompleteRelease(release=release, parties=plain.parties, assets=assets)


def video_asset(id: str) -> Asset:
    """A video in high definition."""
    return Asset(
        id=id,
        kind=AssetKind.VIDEO,
        file_name=f"{id}.mov",
        size=900_000_000,
        hashes=hashes(id),
        video=VideoProperties(
            format=VideoFormat.MOV,
            video_codec="H264",
            duration=Decimal("240.04"),
            width=1920,
            height=1080,
            frame_rate=Decimal("23.976"),
            bit_rate=20_000,
            audio_codec="AAC",
            channels=2,
            sample_rate=48_000,
        ),
    )


def _video(number: int, capture: str) -> Track:
    track = example_release(tracks=number, type=ReleaseType.ALBUM).release.tracks[-1]
    return track.model_copy(
        update={
            "resource_type": ResourceType.VIDEO,
            "c_line": RightsLine(year=2026, text="2026 Film People", company="Film People"),
            "audio_asset_id": None,
            "video_asset_id": f"video-{number}",
            "screen_capture_asset_id": capture,
        }
    )
