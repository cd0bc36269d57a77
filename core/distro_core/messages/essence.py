"""What a release says, whoever says it: without made-up ids, with everything told that is inherited.

Two releases say the same where their essences are equal. Order counts where it is told: in billing, and in playing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from distro_core.messages.advice import strongest_warning
from distro_core.messages.deals import sold_in
from distro_sdk.messages import FileDetails
from distro_sdk.models.assets import Asset, AssetKind
from distro_sdk.models.catalogue import (
    CompleteRelease,
    Contributor,
    ContributorRole,
    DisplayArtist,
    Genre,
    Party,
    Release,
    ResourceType,
    TitleTranslation,
    Track,
)
from distro_sdk.models.commerce import WORLDWIDE, CommercialTerms
from distro_sdk.models.message import HashAlgorithm
from distro_sdk.models.structure import Cue

Essence: TypeAlias = dict[str, Any]

_MILLISECOND = Decimal("0.001")
_TOLD_OF_A_PARTY = ("name", "name_indexed", "isni", "ipi", "ipn", "dpid")
_TOLD_OF_A_RELEASE = (
    "title",
    "version",
    "type",
    "display_artist",
    "icpn",
    "grid",
    "catalog_number",
    "language",
    "release_date",
    "original_release_date",
    "p_line",
    "c_line",
    "pre_order_date",
)
_TOLD_OF_A_TRACK = (
    "resource_type",
    "title",
    "version",
    "disc_number",
    "isrc",
    "iswc",
    "display_artist",
    "parental_warning",
    "instrumental",
    "preview",
    "first_publication_date",
    "instant_gratification_date",
)


def essence_of(complete: CompleteRelease, details: Mapping[str, FileDetails] | None = None) -> Essence:
    """The essence of a release. `details`: what is told of its files, by asset id, where there are no assets."""
    return _Telling(complete, details or {}).release()


def essence_of_terms(terms: Iterable[CommercialTerms]) -> list[Essence]:
    """The essence of commercial terms, whose order says nothing."""
    told = [
        {
            "commercial_model": term.commercial_model.value,
            "use_types": sorted(use.value for use in term.use_types),
            "price": _dumped(term.price),
            "track_price": _dumped(term.track_price),
            "claim_policy": _dumped(term.claim_policy),
        }
        for term in dict.fromkeys(terms)
    ]
    return sorted(told, key=str)


_SYNONYMS = {ContributorRole.STUDIO_PRODUCER: ContributorRole.PRODUCER}
"""Roles that ERN 4 has one word for."""


class _Telling:
    """One release, told in full."""

    def __init__(self, complete: CompleteRelease, details: Mapping[str, FileDetails]) -> None:
        self._release = complete.release
        self._parties = {party.id: _party(party) for party in complete.parties}
        self._files = {asset_id: _file(told) for asset_id, told in details.items()}
        self._files |= {asset.id: _asset(asset) for asset in complete.assets}

    def release(self) -> Essence:
        release = self._release
        warnings = {track.parental_warning for track in release.tracks}
        places = {track.id: place for place, track in enumerate(release.tracks, start=1)}
        return {
            **{name: _dumped(getattr(release, name)) for name in _TOLD_OF_A_RELEASE},
            "translations": _translations(release.translations),
            "artists": self._artists(release.artists),
            "genre": _genre(release.genre),
            "label": self._parties.get(release.label_party_id or ""),
            "parental_warning": _dumped(release.parental_warning or strongest_warning(warnings)),
            "offers": _offers(release),
            "visibility": _visibility(release),
            "components": [_dumped(component) for component in release.components],
            "works": [
                {**_dumped(work), "track_ids": [places.get(track_id) for track_id in work.track_ids]}
                for work in release.works
            ],
            "tracks": [self._track(track) for track in release.tracks],
            "images": [
                {"type": image.type.value, "file": self._files.get(image.asset_id)}
                for image in sorted(release.images, key=lambda image: image.type.value != "FrontCover")
            ],
            "booklet": self._file(release.booklet_asset_id),
        }

    def _track(self, track: Track) -> Essence:
        release = self._release
        video = track.resource_type is ResourceType.VIDEO
        return {
            **{name: _dumped(getattr(track, name)) for name in _TOLD_OF_A_TRACK},
            "translations": _translations(track.translations),
            "artists": self._artists(track.artists or release.artists),
            "contributors": self._contributors((*track.contributors, *release.contributors)),
            "genre": _genre(track.genre or release.genre),
            "language": None if track.instrumental else track.language,
            "p_line": _dumped(track.p_line or release.p_line),
            "c_line": _dumped(track.c_line or release.c_line) if video else None,
            "immersive_isrc": track.immersive.isrc if track.immersive else None,
            "video_type": track.video_type.value if video else None,
            "cues": [self._cue(cue, track) for cue in track.cues],
            "file": self._file(track.video_asset_id if video else track.audio_asset_id),
            "immersive_file": self._file(track.immersive.audio_asset_id if track.immersive else None),
            "screen_capture": self._file(track.screen_capture_asset_id),
        }

    def _cue(self, cue: Cue, track: Track) -> Essence:
        """A cue without lines of its own is covered by those of the video."""
        p_line = cue.p_line or track.p_line or self._release.p_line
        c_line = cue.c_line or track.c_line or self._release.c_line
        return {**_dumped(cue), "p_line": _dumped(p_line), "c_line": _dumped(c_line)}

    def _artists(self, artists: Iterable[DisplayArtist]) -> list[Essence]:
        return [{"party": self._parties.get(artist.party_id), "role": artist.role.value} for artist in artists]

    def _contributors(self, contributors: Iterable[Contributor]) -> list[Essence]:
        """Each party once with all it did; the order of contributors says nothing."""
        told: dict[str, tuple[Essence | None, set[str], set[str]]] = {}
        for contributor in contributors:
            party = self._parties.get(contributor.party_id)
            _, roles, instruments = told.setdefault(str(party), (party, set(), set()))
            roles.update(_SYNONYMS.get(role, role).value for role in contributor.roles)
            instruments.update(contributor.instruments)
        return [
            {"party": party, "roles": sorted(roles), "instruments": sorted(instruments)}
            for _, (party, roles, instruments) in sorted(told.items())
        ]

    def _file(self, asset_id: str | None) -> Essence | None:
        return None if asset_id is None else self._files.get(asset_id, {})


def _party(party: Party) -> Essence:
    own = sorted((identity.namespace, identity.value) for identity in party.proprietary_ids)
    return {
        **{name: getattr(party, name) for name in _TOLD_OF_A_PARTY},
        "proprietary_ids": [list(pair) for pair in own],
    }


def _genre(genre: Genre | None) -> Essence | None:
    """Genres by their names; codes are those of our own dictionary."""
    return {"name": genre.name, "subgenre_name": genre.subgenre_name} if genre else None


def _translations(translations: Iterable[TitleTranslation]) -> Essence:
    return {one.language: {"title": one.title, "version": one.version} for one in translations}


def _offers(release: Release) -> Essence:
    """When and for which price it is offered, by territory; None where it is not, though it is everywhere else."""
    rights = release.rights
    ends = rights.end_date if rights else None
    code = rights.price_code if rights else None
    told: Essence = {}
    offers = [
        (group.territories, group.start_date, group.end_date, group.price_code) for group in release.territory_groups
    ]
    whole = (release.territories, release.release_date, None, None)
    for territories, starts, until, price_code in (*offers, *(() if offers else (whole,))):
        start = max(filter(None, (starts, rights.start_date if rights else None)), default=None)
        end = min(filter(None, (until, ends)), default=None)
        condition = {"start": _dumped(start), "end": _dumped(end), "price_code": price_code or code}
        sold = sold_in(territories)
        told |= dict.fromkeys(sold.included, condition)
        for excluded in sold.excluded:
            told.setdefault(excluded, None)
    everywhere = told.get(WORLDWIDE)
    return {
        territory: condition
        for territory, condition in told.items()
        if territory == WORLDWIDE or condition != everywhere
    }


def _visibility(release: Release) -> Essence | None:
    shown = release.visibility
    if shown is None:
        return None
    return {name: _dumped(getattr(shown, name) or shown.display_start) for name in type(shown).model_fields}


def _asset(asset: Asset) -> Essence:
    media = asset.audio or asset.video or asset.image
    facts = {name: getattr(media, name, None) for name in FileDetails.model_fields}
    depth = asset.audio.bit_depth if asset.audio else None
    hashes = {
        HashAlgorithm.MD5: asset.hashes.md5,
        HashAlgorithm.SHA1: asset.hashes.sha1,
        HashAlgorithm.SHA256: asset.hashes.sha256,
    }
    told = {
        **facts,
        "kind": asset.kind,
        "size": asset.size,
        "hashes": hashes,
        "bit_depth": depth,
        "codec": None,
        "audio_codec": None,
    }
    return _file(FileDetails.model_validate(told))


def _file(details: FileDetails) -> Essence:
    """Figures and hashes. Codecs are left out: DDEX has its own words for them."""
    facts = details.model_dump(exclude={"codec", "audio_codec", "container", "kind", "hashes"}, exclude_none=True)
    told = {name: _figure(value) for name, value in facts.items()}
    hashes = {algorithm.value: value for algorithm, value in details.hashes.items()}
    kind = {"kind": details.kind.value} if details.kind is not AssetKind.DOCUMENT else {}
    return {**kind, **told, **hashes}


def _figure(value: object) -> object:
    return str(value.quantize(_MILLISECOND).normalize()) if isinstance(value, Decimal) else value


def _dumped(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return {name: _dumped(inner) for name, inner in value}
    if isinstance(value, Decimal):
        return _figure(value)
    if isinstance(value, tuple):
        return [_dumped(inner) for inner in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return getattr(value, "value", value)
