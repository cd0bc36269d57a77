"""Identifiers and words of a release that came past the catalogue: checked and brought into their one form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from distro_core.catalogue.enrichment import read_enrichment, read_track_enrichment
from distro_core.catalogue.enrichment_drafts import EnrichmentDraft, TrackEnrichmentDraft
from distro_core.catalogue.identifiers import (
    check_dpid,
    check_grid,
    check_icpn,
    check_ipi,
    check_isni,
    check_isrc,
    check_iswc,
)
from distro_core.catalogue.lookup import Lookup
from distro_core.catalogue.reading import Reading
from distro_core.catalogue.vocabulary import check_language, check_territory, check_text
from distro_sdk.errors import DomainError, DomainErrors, Path
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import CompleteRelease, Release, TitleTranslation, Track
from distro_sdk.models.commerce import Territories
from distro_sdk.models.enrichment import LONGEST_NOTE, Enrichment, TrackEnrichment

M = TypeVar("M", bound=Model)
Check = Callable[[str, Path], str]

OF_A_RELEASE: Mapping[str, Check] = {"icpn": check_icpn, "grid": check_grid, "language": check_language}
OF_A_TRACK: Mapping[str, Check] = {"isrc": check_isrc, "iswc": check_iswc, "language": check_language}
OF_A_TWIN: Mapping[str, Check] = {"isrc": check_isrc}
OF_A_CUE: Mapping[str, Check] = {"isrc": check_isrc, "iswc": check_iswc}
OF_A_COMPONENT: Mapping[str, Check] = {"icpn": check_icpn, "grid": check_grid}
OF_A_TRANSLATION: Mapping[str, Check] = {"language": check_language}
OF_A_PARTY: Mapping[str, Check] = {"isni": check_isni, "ipi": check_ipi, "dpid": check_dpid}

_LONGEST_TEXT = LONGEST_NOTE


def checked_release(complete: CompleteRelease) -> CompleteRelease:
    """The release with every identifier in the form that messages carry; raises `DomainErrors` with every fault.

    The codes are those of `catalogue.identifiers` and `catalogue.vocabulary`; paths begin at the release file's top.
    """
    faults: list[DomainError] = []
    release = _checked_release(complete.release, faults)
    parties = tuple(
        _checked(party, OF_A_PARTY, ("parties", place), faults) for place, party in enumerate(complete.parties)
    )
    _check_texts(complete.model_dump(exclude={"assets"}), (), faults)
    if faults:
        raise DomainErrors(faults)
    return complete.model_copy(update={"release": release, "parties": parties})


def _checked_release(release: Release, faults: list[DomainError]) -> Release:
    tracks = tuple(_checked_track(track, place, faults) for place, track in enumerate(release.tracks))
    components = tuple(
        _checked(component, OF_A_COMPONENT, ("release", "components", place), faults)
        for place, component in enumerate(release.components)
    )
    translations = _checked_translations(release.translations, ("release",), faults)
    _check_territories(release.territories, ("release", "territories"), faults)
    for place, group in enumerate(release.territory_groups):
        _check_territories(group.territories, ("release", "territory_groups", place, "territories"), faults)
    checked = _checked(release, OF_A_RELEASE, ("release",), faults)
    enrichment = _checked_enrichment(release, faults)
    return checked.model_copy(
        update={"tracks": tracks, "components": components, "translations": translations, "enrichment": enrichment}
    )


def _checked_track(track: Track, place: int, faults: list[DomainError]) -> Track:
    path = ("release", "tracks", place)
    cues = tuple(_checked(cue, OF_A_CUE, (*path, "cues", n), faults) for n, cue in enumerate(track.cues))
    twin = track.immersive and _checked(track.immersive, OF_A_TWIN, (*path, "immersive"), faults)
    translations = _checked_translations(track.translations, path, faults)
    checked = _checked(track, OF_A_TRACK, path, faults)
    enrichment = _checked_track_enrichment(track, path, faults)
    return checked.model_copy(
        update={"cues": cues, "immersive": twin, "translations": translations, "enrichment": enrichment}
    )


def _checked_translations(
    translations: tuple[TitleTranslation, ...], path: Path, faults: list[DomainError]
) -> tuple[TitleTranslation, ...]:
    return tuple(
        _checked(translation, OF_A_TRANSLATION, (*path, "translations", place), faults)
        for place, translation in enumerate(translations)
    )


def _checked_enrichment(release: Release, faults: list[DomainError]) -> Enrichment | None:
    """Read as if somebody had given it to the catalogue, so that the same rules hold."""
    if release.enrichment is None:
        return None
    reading = Reading(Lookup(), [track.id for track in release.tracks])
    draft = EnrichmentDraft.model_validate(release.enrichment.model_dump())
    read = read_enrichment(reading, draft, ("release", "enrichment"))
    faults += reading.faults
    return read


def _checked_track_enrichment(track: Track, path: Path, faults: list[DomainError]) -> TrackEnrichment | None:
    if track.enrichment is None:
        return None
    reading = Reading(Lookup())
    draft = TrackEnrichmentDraft.model_validate(track.enrichment.model_dump())
    read = read_track_enrichment(reading, draft, (*path, "enrichment"))
    faults += reading.faults
    return read


def _check_territories(territories: Territories, path: Path, faults: list[DomainError]) -> None:
    for name in ("included", "excluded"):
        for place, code in enumerate(getattr(territories, name)):
            _run(check_territory, code, (*path, name, place), faults)


def _checked(model: M, checks: Mapping[str, Check], path: Path, faults: list[DomainError]) -> M:
    found = {name: getattr(model, name) for name in checks}
    return model.model_copy(
        update={
            name: _run(checks[name], value, (*path, name), faults) for name, value in found.items() if value is not None
        }
    )


def _check_texts(value: Any, path: Path, faults: list[DomainError]) -> None:
    """Find what XML cannot carry, wherever it stands."""
    if isinstance(value, str):
        _run(lambda text, where: check_text(text, where, limit=_LONGEST_TEXT), value, path, faults)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            _check_texts(inner, (*path, name), faults)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            _check_texts(inner, (*path, place), faults)


def _run(check: Check, value: str, path: Path, faults: list[DomainError]) -> str:
    try:
        return check(value, path)
    except DomainError as error:
        faults.append(error)
        return value
