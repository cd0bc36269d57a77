"""The album and its tracks, in the order of Apple's table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml.etree import Element, _Element

from distro_plugins.apple53.credits import credits_of
from distro_plugins.apple53.elements import (
    add,
    add_artists,
    add_file,
    add_genres,
    add_known,
    add_line,
    add_products,
    add_titles,
)
from distro_plugins.apple53.files import cover_of
from distro_plugins.apple53.identity import album_vendor_id, padded_upc, track_vendor_id
from distro_plugins.apple53.products import CLOSED, album_products, track_products
from distro_plugins.apple53.settings import AppleSettings, StereoForm
from distro_plugins.apple53.tables import genre_codes
from distro_plugins.apple53.tracklist import Place, track_list
from distro_sdk.models.catalogue import ParentalWarning
from distro_sdk.models.message import MessagePlan, MessageSubtype
from distro_sdk.models.planned_resources import PlannedParty, PlannedSoundRecording

ADVICE = {
    ParentalWarning.EXPLICIT: "explicit",
    ParentalWarning.EXPLICIT_CONTENT_EDITED: "clean",
    ParentalWarning.NOT_EXPLICIT: "none",
}
"""Where nobody has given advice, the element is left out."""

STEREO = "audio.2_0"
ATMOS = "audio.object_based"
ATMOS_ISRC = "external_identifier.isrc"

Parties = Mapping[str, PlannedParty]


def album_head(plan: MessagePlan, settings: AppleSettings) -> _Element:
    """The album but for its tracks; for a takedown its identity with the one closed product (row APL-04)."""
    release = plan.release
    parties = {party.reference: party for party in plan.parties}
    takedown = plan.subtype is MessageSubtype.TAKEDOWN
    album: _Element = Element("album")
    add(album, "vendor_id", album_vendor_id(release, settings) or "")
    add(album, "upc", padded_upc(release.icpn))
    add_known(album, "grid", release.grid)
    add_titles(album, release.title, release.version, release.translations)
    add(album, "original_release_date", release.original_release_date or release.release_date)
    add(album, "label_name", parties[release.label_reference].name)
    # A takedown must never fail for its genre: one that Apple would not know is left out.
    if not takedown or {release.genre.code, release.genre.subgenre_code} <= genre_codes() | {None}:
        add_genres(album, release.genre)
    add_line(album, "copyright_pline", release.p_line)
    add_line(album, "copyright_cline", release.c_line)
    cover = cover_of(plan)
    if cover and cover.file.provided and not takedown:
        add_file(add(album, "artwork_files"), "file", cover.file)
    if not takedown:
        tracks = track_list(plan)
        add(album, "track_count", len(tracks))
        add(album, "volume_count", max(place.volume for place in tracks))
    add_products(album, (CLOSED,) if takedown else album_products(plan, settings))
    add_artists(album, credits_of(release.artists, (), parties, settings))
    return album


def track_elements(plan: MessagePlan, settings: AppleSettings) -> Iterator[_Element]:
    """Every track, none for a takedown."""
    if plan.subtype is MessageSubtype.TAKEDOWN:
        return
    vendor_id = album_vendor_id(plan.release, settings) or ""
    parties = {party.reference: party for party in plan.parties}
    advance = any(deal.pre_order for deal in plan.deals)
    context = _Context(vendor_id, parties, settings, advance)
    for place in track_list(plan):
        yield _track(plan, place, context)


class _Context:
    """What every track needs to know of its album. `advance`: whether it can be ordered in advance."""

    def __init__(self, vendor_id: str, parties: Parties, settings: AppleSettings, advance: bool) -> None:
        self.vendor_id = vendor_id
        self.parties = parties
        self.settings = settings
        self.advance = advance


def _track(plan: MessagePlan, place: Place, context: _Context) -> _Element:
    recording = place.recording
    settings = context.settings
    track: _Element = Element("track")
    add(track, "vendor_id", track_vendor_id(recording, place.position, context.vendor_id, settings))
    add(track, "isrc", recording.isrc)
    add_titles(track, recording.title, recording.version, recording.translations)
    add_known(track, "original_release_date", recording.first_publication_date)
    add(track, "label_name", context.parties[plan.release.label_reference].name)
    add_line(track, "copyright_pline", recording.p_line)
    add_genres(track, place.release.genre if place.release else plan.release.genre)
    add_known(track, "explicit_content", ADVICE.get(recording.parental_warning))
    add(track, "volume_number", place.volume)
    add(track, "track_number", place.number)
    _add_audio(track, recording, settings)
    add_artists(track, credits_of(recording.artists, recording.contributors, context.parties, settings))
    # An instrumental has no sung words whose language could be told.
    add_known(track, "audio_language", None if recording.instrumental else recording.language)
    add_known(track, "preview_start_index", int(recording.preview.start_time) if recording.preview else None)
    add_known(track, "apple_digital_master", "true" if recording.isrc in settings.digital_masters else None)
    # Where the target sells nothing in advance, no track can be given early either.
    if context.advance:
        early = "instant-gratification" if place.instant_gratification else "standard"
        add(track, "preorder_type", early)
    products = track_products(plan, place.release.reference, settings) if place.release else ()
    if products:
        add_products(track, products)
    return track


def _add_audio(track: _Element, recording: PlannedSoundRecording, settings: AppleSettings) -> None:
    """The files that travel: an immersive twin and its stereo file stand together in one asset."""
    twin = recording.immersive if recording.immersive and recording.immersive.file.provided else None
    if twin is None and settings.stereo_form is StereoForm.AUDIO_FILE:
        if recording.file.provided:
            add_file(track, "audio_file", recording.file)
        return
    if twin is None and not recording.file.provided:
        return
    asset = add(add(track, "assets"), "asset", attributes={"type": "full"})
    if recording.file.provided:
        add_file(asset, "data_file", recording.file, {"role": STEREO})
    if twin is not None:
        add_file(asset, "data_file", twin.file, {"role": ATMOS, ATMOS_ISRC: twin.isrc})
