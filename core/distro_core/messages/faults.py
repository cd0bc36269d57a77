"""Why a release cannot be told: every reason at once, with its place in the release. Nothing is ever invented.

What a release must have is said once, in the rules of the catalogue; here is added what messages need beyond it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from distro_core.catalogue.identifiers import (
    check_dpid,
    check_grid,
    check_icpn,
    check_ipi,
    check_isni,
    check_isrc,
    check_iswc,
)
from distro_core.catalogue.rules import find_asset_faults, find_errors
from distro_core.messages.deals import contradictions
from distro_core.messages.order import MessageOrder
from distro_core.messages.profiles import find_profile_faults, fitting_profile
from distro_sdk.errors import DomainError, Path
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import CompleteRelease, Release
from distro_sdk.models.message import MessageSubtype, ReleaseProfile
from distro_sdk.models.validation import Severity
from distro_sdk.xml import find_illegal_texts

Check = Callable[[str, Path], str]

_OF_A_RELEASE: Mapping[str, Check] = {"icpn": check_icpn, "grid": check_grid}
_OF_A_TRACK: Mapping[str, Check] = {"isrc": check_isrc, "iswc": check_iswc}
_OF_A_PARTY: Mapping[str, Check] = {"isni": check_isni, "ipi": check_ipi, "dpid": check_dpid}

_RARE = re.compile("[\ufffe\uffff]")


def find_faults(complete: CompleteRelease, order: MessageOrder) -> list[DomainError]:
    """Every reason why this release cannot be planned as ordered."""
    return [
        *_catalogue_faults(complete),
        *_message_faults(complete.release, order),
        *_credit_faults(complete),
        *_identifier_faults(complete),
        *_text_faults(complete),
        *_terms_faults(order),
        *_profile_faults(complete.release, order.profile),
        *_genre_faults(complete.release, order),
    ]


def _catalogue_faults(complete: CompleteRelease) -> Iterator[DomainError]:
    """What the catalogue's own rules say of the release and its files (row CAT-13)."""
    assets = {asset.id: asset for asset in complete.assets}
    for issue in (*find_errors(complete.release), *find_asset_faults(complete.release, assets)):
        if issue.severity is Severity.ERROR:
            steps = issue.path.split(".") if issue.path else []
            yield DomainError(issue.code, issue.message, tuple(int(s) if s.isdigit() else s for s in steps))


def _message_faults(release: Release, order: MessageOrder) -> Iterator[DomainError]:
    """What ERN requires and a complete release may still lack."""
    if release.genre is None:
        yield DomainError("GENRE_MISSING", "the release has no genre, and every message tells one", ("genre",))
    if order.language is None and release.language is None:
        yield DomainError("LANGUAGE_MISSING", "the release has no language, and every message tells one", ("language",))
    ends = release.rights.end_date if release.rights else None
    if ends and release.release_date and ends < release.release_date:
        text = f"the rights end on {ends}, before the release date"
        yield DomainError("RIGHTS_END_BEFORE_RELEASE", text, ("rights", "end_date"))


def _credit_faults(complete: CompleteRelease) -> Iterator[DomainError]:
    """Parties that are credited and are not there."""
    release = complete.release
    there = {party.id for party in complete.parties}
    credits_of: list[tuple[str, Path]] = [
        (credit.party_id, (*path, name, place, "party_id"))
        for holder, path in ((release, ()), *((track, ("tracks", n)) for n, track in enumerate(release.tracks)))
        for name in ("artists", "contributors")
        for place, credit in enumerate(getattr(holder, name))
    ]
    if release.label_party_id:
        credits_of.append((release.label_party_id, ("label_party_id",)))
    for party_id, path in credits_of:
        if party_id not in there:
            yield DomainError("PARTY_NOT_FOUND", f"the release names party {party_id}, which is gone", path)


def _identifier_faults(complete: CompleteRelease) -> Iterator[DomainError]:
    """Identifiers whose form or check character is wrong: a message never carries one."""
    yield from _failed(complete.release, _OF_A_RELEASE, ())
    for place, track in enumerate(complete.release.tracks):
        yield from _failed(track, _OF_A_TRACK, ("tracks", place))
    for place, party in enumerate(complete.parties):
        yield from _failed(party, _OF_A_PARTY, ("parties", place))


def _failed(model: Model, checks: Mapping[str, Check], path: Path) -> Iterator[DomainError]:
    for name, check in checks.items():
        value = getattr(model, name)
        if value and (fault := _fault_of(check, value)):
            yield DomainError(fault.code, fault.message, (*path, name))


@lru_cache(maxsize=20_000)
def _fault_of(check: Check, value: str) -> DomainError | None:
    """Kept, because a release is told to many targets, and again with every update."""
    try:
        check(value, ())
    except DomainError as error:
        return error
    return None


def _text_faults(complete: CompleteRelease) -> Iterator[DomainError]:
    """Characters that no XML can carry, in any text."""
    if _is_suspicious(complete.release):
        yield from find_illegal_texts(complete.release)
    for place, party in enumerate(complete.parties):
        if _is_suspicious(party):
            yield from find_illegal_texts(party, ("parties", place))


def _is_suspicious(model: Model) -> bool:
    """Whether every text is worth a look: JSON escapes control characters by number, and seldom anything else."""
    text = model.model_dump_json()
    return "\\u00" in text or (not text.isascii() and _RARE.search(text) is not None)


def _terms_faults(order: MessageOrder) -> Iterator[DomainError]:
    if order.subtype is MessageSubtype.TAKEDOWN:
        return
    if not order.terms:
        yield DomainError("COMMERCIAL_TERMS_MISSING", "the target offers no commercial terms, so there is no deal")
    for first, second in contradictions(order.terms):
        shared = ", ".join(use.value for use in first.use_types if use in second.use_types)
        text = f"the target's terms offer {shared} under {first.commercial_model.value} in two ways"
        yield DomainError("COMMERCIAL_TERMS_CONTRADICTORY", text)


def _profile_faults(release: Release, profile: ReleaseProfile | None) -> Iterator[DomainError]:
    """What the profile has no place for; a release without tracks has more to be told of than that."""
    if release.tracks:
        yield from find_profile_faults(release, profile or fitting_profile(release))


def _genre_faults(release: Release, order: MessageOrder) -> Iterator[DomainError]:
    mapper = order.genre_mapper
    if mapper is None:
        return
    named = [(release.genre, ("genre",)), *((t.genre, ("tracks", n, "genre")) for n, t in enumerate(release.tracks))]
    for genre, path in named:
        if genre is not None and mapper.map(genre) is None:
            text = f"{mapper.provider} has no place for the genre {genre.code or genre.name}"
            yield DomainError("GENRE_UNMAPPED", text, path)
