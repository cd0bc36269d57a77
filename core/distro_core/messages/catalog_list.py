"""Which releases a label has, decided for a CatalogListMessage (row MSG-05)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from distro_core.catalogue.identifiers import check_icpn
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.catalogue import CompleteRelease
from distro_sdk.models.message import CatalogEntry, CatalogListPlan, MessagingParty


def plan_catalog_list(
    completes: Sequence[CompleteRelease],
    *,
    message_id: str,
    created_at: datetime,
    test: bool,
    sender: MessagingParty,
    recipients: tuple[MessagingParty, ...],
) -> CatalogListPlan:
    """Decide the list; raises `DomainErrors` with every reason why a release cannot be listed.

    `created_at` carries a zone. The list is in the language of the first release that has one.
    """
    faults = [fault for place, complete in enumerate(completes) for fault in _faults(complete, place)]
    if faults:
        raise DomainErrors(faults)
    languages = [complete.release.language for complete in completes if complete.release.language]
    return CatalogListPlan(
        message_id=message_id,
        thread_id=message_id,
        test=test,
        created_at=created_at,
        sender=sender,
        recipients=recipients,
        language=languages[0] if languages else "en",
        entries=tuple(_entry(complete) for complete in completes),
    )


def _entry(complete: CompleteRelease) -> CatalogEntry:
    release = complete.release
    return CatalogEntry(
        type=release.type,
        icpn=release.icpn or "",
        grid=release.grid,
        catalog_number=release.catalog_number,
        title=release.title,
        version=release.version,
        display_artist=release.display_artist,
        label_name=complete.party(release.label_party_id or "").name,
        release_date=release.release_date,
    )


def _faults(complete: CompleteRelease, place: int) -> Iterator[DomainError]:
    release, path = complete.release, ("releases", place)
    if release.icpn is None:
        yield DomainError("ICPN_MISSING", "the release has no ICPN (UPC or EAN)", (*path, "icpn"))
    else:
        try:
            check_icpn(release.icpn, (*path, "icpn"))
        except DomainError as fault:
            yield fault
    if not release.display_artist:
        yield DomainError("DISPLAY_ARTIST_MISSING", "the release has no display artist", (*path, "display_artist"))
    if release.label_party_id not in {party.id for party in complete.parties}:
        yield DomainError("LABEL_MISSING", "the release has no label", (*path, "label_party_id"))
