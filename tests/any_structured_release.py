"""Any release that is more than a list of audio tracks, as hypothesis makes it up out of a plain one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from distro_core.messages.order import MessageOrder
from distro_sdk.messages import MessageBuilder
from distro_sdk.models.assets import Asset, AudioFormat
from distro_sdk.models.catalogue import (
    CompleteRelease,
    ImmersiveEdition,
    Party,
    Release,
    ReleaseType,
    ResourceType,
    TitleTranslation,
    Track,
)
from distro_sdk.models.commerce import Territories, TerritoryGroup, Visibility
from distro_sdk.models.message import HashAlgorithm, MessageOptions, MessageSubtype
from distro_sdk.models.structure import MusicalWork, ReleaseComponent
from tests.any_release import LANGUAGES, complete_releases, terms, words
from tests.catalogue_examples import as_video, audio_asset, booklet_asset, example_order, files_of_video

Fields = dict[str, Any]


@st.composite
def structured_releases(draw: st.DrawFn) -> CompleteRelease:
    """A complete release with videos, twins, works, components, offers and early visibility, or some of these."""
    complete = draw(complete_releases(max_tracks=12))
    more: list[Asset] = []
    tracks = draw(_tracks(complete.release, more))
    kinds = {track.resource_type for track in tracks}
    release = complete.release.model_copy(update={"tracks": tracks})
    fields: Fields = {
        "translations": draw(_translations()),
        **draw(_structure(release)),
        **draw(_offers(release.release_date or date(2030, 1, 1))),
    }
    if kinds == {ResourceType.VIDEO}:
        fields |= {"type": ReleaseType.VIDEO, **_images_of_videos(release)}
    elif len(kinds) > 1:
        fields["type"] = ReleaseType.MIXED
    if draw(st.booleans()):
        more.append(booklet_asset())
        fields["booklet_asset_id"] = "booklet"
    return complete.model_copy(
        update={
            "release": release.model_copy(update=fields),
            "parties": tuple(_told_apart(complete)),
            "assets": (*complete.assets, *more),
        }
    )


def _told_apart(complete: CompleteRelease) -> Iterator[Party]:
    """Two parties share neither a name, by which alone ERN 3 knows many, nor an identifier."""
    nothing = dict.fromkeys(("isni", "ipi", "ipn", "dpid"))
    for number, party in enumerate(complete.parties):
        yield party.model_copy(update={"name": f"{party.name[:240]} {number}", **(nothing if number else {})})


@st.composite
def orders_for(draw: st.DrawFn, builder: MessageBuilder) -> MessageOrder:
    """Any order of what the builder can say."""
    options = MessageOptions(
        takedown_form=draw(st.sampled_from(sorted(builder.takedown_forms))),
        update_indicator=draw(st.booleans()),
        hash_algorithm=draw(st.sampled_from((HashAlgorithm.MD5, HashAlgorithm.SHA1))),
        channels=draw(st.sampled_from(((), ("PADPIDA2013020802I",)))),
        immersive_audio=builder.supports_immersive_audio and draw(st.booleans()),
        further_images=draw(st.booleans()),
        booklet=draw(st.booleans()),
    )
    return example_order(
        draw(st.sampled_from(tuple(MessageSubtype))), terms=draw(terms), test=draw(st.booleans()), options=options
    )


@st.composite
def _tracks(draw: st.DrawFn, release: Release, more: list[Asset]) -> tuple[Track, ...]:
    which = draw(st.sampled_from(("none", "none", "some", "all")))
    tracks = []
    for number, track in enumerate(release.tracks):
        if which == "all" or (which == "some" and draw(st.booleans())):
            video = as_video(track, capture=draw(st.booleans())).model_copy(update={"instrumental": False})
            more.extend(files_of_video(track))
            tracks.append(video)
        elif draw(st.sampled_from((False, False, True))):
            more.append(audio_asset(f"twin-{number}", format=AudioFormat.WAV))
            twin = ImmersiveEdition(isrc=f"QZNLR27{number:05d}", audio_asset_id=f"twin-{number}")
            tracks.append(track.model_copy(update={"immersive": twin}))
        else:
            tracks.append(track)
    return tuple(tracks)


@st.composite
def _translations(draw: st.DrawFn) -> tuple[TitleTranslation, ...]:
    languages = draw(st.lists(st.sampled_from(LANGUAGES), max_size=2, unique=True))
    return tuple(
        TitleTranslation(language=language, title=draw(words), version=draw(st.none() | words))
        for language in languages
    )


@st.composite
def _structure(draw: st.DrawFn, release: Release) -> Fields:
    """The discs as releases of a box, or the tracks of a disc as the parts of a work."""
    discs = sorted({track.disc_number for track in release.tracks})
    shape = draw(st.sampled_from(("plain", "plain", "box", "works")))
    if shape == "box" and len(discs) > 1:
        parts = [
            ReleaseComponent(title=draw(words), icpn=icpn, disc_numbers=(disc,))
            for icpn, disc in zip(("0094631432064", "0094631432071", "0094631432088"), discs, strict=False)
        ]
        return {"components": tuple(parts)}
    first = [track.id for track in release.tracks if track.disc_number == discs[0]]
    if shape == "works" and len(first) > 1:
        opus = draw(st.sampled_from((None, "Op. 67")))
        return {"works": (MusicalWork(title=draw(words), track_ids=tuple(first[:2]), opus_number=opus),)}
    return {}


@st.composite
def _offers(draw: st.DrawFn, day: date) -> Fields:
    """Groups of territories, advance orders and early visibility, each or none."""
    fields: Fields = {}
    if draw(st.booleans()):
        groups = (
            TerritoryGroup(territories=Territories(included=("DE", "AT")), start_date=day),
            TerritoryGroup(
                territories=Territories(excluded=("DE", "AT")), start_date=day + timedelta(7), price_code="LATE"
            ),
        )
        fields |= {"territory_groups": groups, "rights": None}
    if draw(st.booleans()):
        fields |= {"pre_order_date": day - timedelta(draw(st.integers(1, 60))), "rights": None}
    if draw(st.booleans()):
        shown = day - timedelta(draw(st.integers(60, 90)))
        later = 0 if "pre_order_date" in fields else draw(st.integers(0, 30))
        fields["visibility"] = Visibility(display_start=shown, clip_start=shown + timedelta(later))
    return fields


def _images_of_videos(release: Release) -> Fields:
    """A single video has one image, what stands for it or the cover; several have a cover as well."""
    if len(release.tracks) > 1:
        return {}
    if release.tracks[0].screen_capture_asset_id is not None:
        return {"images": ()}
    return {"images": tuple(image for image in release.images if image.type == "FrontCover")}
