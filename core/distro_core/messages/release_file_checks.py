"""Identifiers and words of a release that came past the catalogue: checked and brought into their one form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from distro_core.catalogue.identifiers import (
    check_dpid,
    check_grid,
    check_icpn,
    check_ipi,
    check_isni,
    check_isrc,
    check_iswc,
)
from distro_core.catalogue.vocabulary import check_language, check_territory, check_text
from distro_sdk.errors import DomainError, DomainErrors, Path
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import CompleteRelease, Release, Track
from distro_sdk.models.commerce import Territories

M = TypeVar("M", bound=Model)
Check = Callable[[str, Path], str]

OF_A_RELEASE: Mapping[str, Check] = {"icpn": check_icpn, "grid": check_grid, "language": check_language}
OF_A_TRACK: Mapping[str, Check] = {"isrc": check_isrc, "iswc": check_iswc, "language": check_language}
OF_A_PARTY: Mapping[str, Check] = {"isni": check_isni, "ipi": check_ipi, "dpid": check_dpid}

_LONGEST_TEXT = 1000


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
    tracks: tuple[Track, ...] = tuple(
        _checked(track, OF_A_TRACK, ("release", "tracks", place), faults) for place, track in enumerate(release.tracks)
    )
    checked = _checked(release, OF_A_RELEASE, ("release",), faults)
    return checked.model_copy(
        update={"tracks": tracks, "territories": _checked_territories(release.territories, faults)}
    )


def _checked_territories(territories: Territories, faults: list[DomainError]) -> Territories:
    for name in ("included", "excluded"):
        for place, code in enumerate(getattr(territories, name)):
            _run(check_territory, code, ("release", "territories", name, place), faults)
    return territories


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
