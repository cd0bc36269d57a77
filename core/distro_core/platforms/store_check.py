"""Looking into a platform's store: whether a release is there, and as it should be (rows WFL-25 to WFL-27)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from urllib.parse import urlsplit

from distro_core.catalogue.complete import load_complete_release
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import DeliveryDocument, LogLevel
from distro_core.delivery.logs import StepLog
from distro_core.delivery.status.aftermath import StoreCheck, StoreDifference
from distro_core.delivery.status.reports import keep_platform_ids
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.platforms.adapters import find_adapter, open_conversation
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_sdk.adapters import AdapterAction, StoreListing, StoreQuery
from distro_sdk.errors import DomainError, TransportError
from distro_sdk.models.catalogue import CompleteRelease, Release

AVAILABILITY = "availability_check"


async def check_store(scope: Scope, delivery_id: str) -> DeliveryDocument:
    """Look for a delivery's release in the store of its platform, compare both, and keep what was found.

    Raises NOT_FOUND, STORE_NOT_CHECKABLE where the target's adapter cannot look, or STORE_UNREACHABLE.
    """
    deliveries = scope.store.collection(DeliveryDocument)
    delivery = await deliveries.get(delivery_id)
    release = await scope.store.collection(ReleaseDocument).get(delivery.release_id)
    target = await scope.store.collection(TargetDocument).get(delivery.target_id)
    adapter = find_adapter(scope, target)
    if adapter is None or AdapterAction.CHECK_AVAILABILITY not in adapter.actions:
        message = f"{target.name} has no adapter that can look into the platform's store"
        raise DomainError("STORE_NOT_CHECKABLE", message, ("id",))
    wanted = StoreQuery(icpn=delivery.icpn or release.icpn, platform_ids=delivery.aftermath.platform_ids)
    try:
        async with open_conversation(scope, target, adapter) as conversation:
            listing = await conversation.ask(lambda session: session.check_availability(wanted))
    except TransportError as error:
        raise DomainError("STORE_UNREACHABLE", f"the store cannot be asked: {error.message}", ("id",)) from error
    found = judge_listing(scope, await load_complete_release(scope.store, release), target, listing)
    if listing is not None:
        delivery = await keep_platform_ids(scope, delivery, listing.platform_ids)
    await _log(scope, delivery, found)
    return await deliveries.update(delivery.id, Change(set={"aftermath.store_check": found}))


def judge_listing(
    scope: Scope, complete: CompleteRelease, target: TargetDocument, listing: StoreListing | None
) -> StoreCheck:
    """What a store's listing says of a release; None: it shows none."""
    now = scope.clock.now()
    if listing is None:
        return StoreCheck(at=now, available=False)
    profile = scope.plugins.platforms.get(target.platform or "")
    hosts = {urlsplit(template).hostname for template in profile.links.values()} if profile else set()
    broken = [link for link in listing.links if not _leads_to(link, hosts)]
    return StoreCheck(
        at=now,
        available=True,
        differences=tuple(compare(complete, listing)),
        links=tuple(link for link in listing.links if link not in broken),
        broken_links=tuple(broken),
    )


def compare(complete: CompleteRelease, listing: StoreListing) -> Iterator[StoreDifference]:
    """Everything that the store shows and that differs; case, blanks and composed letters do not."""
    release = complete.release
    label = complete.party(release.label_party_id).name if release.label_party_id else ""
    shown = {
        "title": (_full_title(release), listing.title),
        "display_artist": (release.display_artist, listing.artist),
        "label": (label, listing.label),
        "icpn": ((release.icpn or "").lstrip("0"), listing.icpn.lstrip("0") if listing.icpn else None),
        "release_date": (
            release.release_date.isoformat() if release.release_date else "",
            listing.release_date.isoformat() if listing.release_date else None,
        ),
    }
    for field, (ours, theirs) in shown.items():
        if theirs is not None and _plain(ours) != _plain(theirs):
            yield StoreDifference(field=field, ours=ours, theirs=theirs)
    if listing.tracks is None:
        return
    if len(listing.tracks) != len(release.tracks):
        yield StoreDifference(field="tracks", ours=str(len(release.tracks)), theirs=str(len(listing.tracks)))
    for place, (track, store_track) in enumerate(zip(release.tracks, listing.tracks, strict=False)):
        title = f"{track.title} ({track.version})" if track.version else track.title
        if store_track.title and _plain(store_track.title) not in {_plain(title), _plain(track.title)}:
            yield StoreDifference(field=f"tracks.{place}.title", ours=title, theirs=store_track.title)
        if store_track.isrc and track.isrc and _plain(store_track.isrc.replace("-", "")) != _plain(track.isrc):
            yield StoreDifference(field=f"tracks.{place}.isrc", ours=track.isrc, theirs=store_track.isrc)


def _full_title(release: Release) -> str:
    return f"{release.title} ({release.version})" if release.version else release.title


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _leads_to(link: str, hosts: set[str | None]) -> bool:
    """Whether a link is a safe one to the platform, as far as its profile says where that is."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and (not hosts or parts.hostname in hosts)


async def _log(scope: Scope, delivery: DeliveryDocument, found: StoreCheck) -> None:
    if not found.available:
        level, message = LogLevel.WARNING, "The store does not show the release"
    elif found.differences or found.broken_links:
        level, message = LogLevel.WARNING, "The store shows the release otherwise than the catalogue has it"
    else:
        level, message = LogLevel.SUCCESS, "The store shows the release as the catalogue has it"
    details = found.model_dump(mode="json", exclude={"at"})
    await StepLog(scope, (delivery.id,)).write(level, AVAILABILITY, message, details=details)
