"""From a release that was read from a message to drafts of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from distro_core.catalogue.drafts import PartyDraft, ReleaseDraft, read_draft
from distro_sdk.models.catalogue import CompleteRelease, Contributor, DisplayArtist, Party, Release, Track

_AS_IT_IS = (
    "title",
    "version",
    "display_artist",
    "icpn",
    "grid",
    "catalog_number",
    "language",
    "genre",
    "parental_warning",
    "release_date",
    "original_release_date",
    "p_line",
    "c_line",
    "territories",
    "rights",
    "territory_groups",
    "pre_order_date",
    "visibility",
    "components",
    "translations",
)
_OF_A_TRACK = (
    "resource_type",
    "title",
    "version",
    "translations",
    "disc_number",
    "isrc",
    "iswc",
    "display_artist",
    "genre",
    "language",
    "parental_warning",
    "instrumental",
    "preview",
    "p_line",
    "c_line",
    "first_publication_date",
    "instant_gratification_date",
    "video_type",
    "cues",
)


def draft_of(complete: CompleteRelease, stored: Mapping[str, str]) -> ReleaseDraft:
    """The release as a draft, its parties by name and identifiers.

    `stored`: ids of stored assets by those of the release; files that are not among them are left out.
    """
    release = complete.release
    parties = {party.id: party for party in complete.parties}
    numbers = {track.id: number for number, track in enumerate(release.tracks, start=1)}
    label = parties.get(release.label_party_id or "")
    given = _given(release, _AS_IT_IS)
    given |= {
        "type": release.type.value,
        "artists": _artists(release.artists, parties),
        "contributors": _contributors(release.contributors, parties),
        "label": label.name if label else None,
        "works": [
            {
                "title": work.title,
                "track_numbers": [numbers[track_id] for track_id in work.track_ids],
                "opus_number": work.opus_number,
                "composer_catalog_number": work.composer_catalog_number,
            }
            for work in release.works
        ],
        "images": [
            {"asset_id": stored[image.asset_id], "type": image.type.value}
            for image in release.images
            if image.asset_id in stored
        ],
        "booklet_asset_id": stored.get(release.booklet_asset_id or ""),
        "document_asset_ids": [stored[asset_id] for asset_id in release.document_asset_ids if asset_id in stored],
        "tracks": [_track(track, parties, stored) for track in release.tracks],
    }
    return read_draft(ReleaseDraft, {name: value for name, value in given.items() if value not in (None, [], "")})


def party_drafts(parties: Iterable[Party]) -> list[PartyDraft]:
    """Everything that is known of parties, for those that the catalogue does not have yet."""
    return [
        read_draft(PartyDraft, {name: value for name, value in _given(party, _OF_A_PARTY).items() if value})
        for party in parties
    ]


_OF_A_PARTY = ("name", "name_indexed", "isni", "ipi", "ipn", "dpid", "proprietary_ids")


def _track(track: Track, parties: Mapping[str, Party], stored: Mapping[str, str]) -> dict[str, Any]:
    given = _given(track, _OF_A_TRACK)
    twin = track.immersive
    given |= {
        "artists": _artists(track.artists, parties),
        "contributors": _contributors(track.contributors, parties),
        "audio_asset_id": stored.get(track.audio_asset_id or ""),
        "video_asset_id": stored.get(track.video_asset_id or ""),
        "screen_capture_asset_id": stored.get(track.screen_capture_asset_id or ""),
    }
    if twin is not None and twin.audio_asset_id in stored:
        given["immersive"] = {"isrc": twin.isrc, "audio_asset_id": stored[twin.audio_asset_id]}
    return {name: value for name, value in given.items() if value not in (None, [], "")}


def _artists(artists: Iterable[DisplayArtist], parties: Mapping[str, Party]) -> list[dict[str, Any]]:
    """Artists in the order of billing; the same party is shown once."""
    shown = {artist.party_id: artist for artist in reversed(tuple(artists))}
    return [
        {**_reference(parties[artist.party_id]), "role": artist.role.value}
        for artist in reversed(tuple(shown.values()))
    ]


def _contributors(contributors: Iterable[Contributor], parties: Mapping[str, Party]) -> list[dict[str, Any]]:
    return [
        {
            **_reference(parties[contributor.party_id]),
            "roles": [role.value for role in contributor.roles],
            "instruments": list(contributor.instruments),
        }
        for contributor in contributors
    ]


def _reference(party: Party) -> dict[str, Any]:
    return {name: value for name in ("name", "isni", "ipi") if (value := getattr(party, name))}


def _given(model: Release | Track | Party, names: Iterable[str]) -> dict[str, Any]:
    """Fields as plain values, codes of genres and enumerations included."""
    dumped = model.model_dump(include=set(names))
    return {name: _plain(value) for name, value in dumped.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return getattr(value, "value", value)
