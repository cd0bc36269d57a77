"""When the inner structure of a release holds together: works, box sets, and what happens before the release date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from distro_sdk.models.catalogue import Release
from distro_sdk.models.commerce import WORLDWIDE, Territories
from distro_sdk.models.validation import ValidationIssue


def find_structure_errors(release: Release) -> Iterator[ValidationIssue]:
    """What is wrong with works, components, advance orders and early visibility; no call to the store."""
    yield from _work_errors(release)
    yield from _component_errors(release)
    yield from _advance_errors(release)
    yield from _offer_errors(release)


def _work_errors(release: Release) -> Iterator[ValidationIssue]:
    """The tracks of a work follow each other on one disc, and belong to no other work (RP 2.1, 1548 to 1556)."""
    places = {track.id: place for place, track in enumerate(release.tracks)}
    times = Counter(track_id for work in release.works for track_id in work.track_ids)
    for number, work in enumerate(release.works):
        path = f"works.{number}.track_ids"
        if unknown := [track_id for track_id in work.track_ids if track_id not in places]:
            yield _error("WORK_TRACKS_UNFIT", f"{work.title}: the release has no track {unknown[0]}", path)
            continue
        if any(times[track_id] > 1 for track_id in work.track_ids):
            yield _error("WORK_TRACKS_UNFIT", f"{work.title}: a track is a part of one work, once", path)
            continue
        found = [places[track_id] for track_id in work.track_ids]
        discs = {release.tracks[place].disc_number for place in found}
        if found != list(range(found[0], found[0] + len(found))) or len(discs) > 1:
            message = f"{work.title}: the parts of a work follow each other on one disc"
            yield _error("WORK_TRACKS_UNFIT", message, path)


def _component_errors(release: Release) -> Iterator[ValidationIssue]:
    """A box set holds at least two releases, and each disc belongs to one of them at most (RP 2.1, F 1544 to 1546)."""
    if len(release.components) == 1:
        yield _error("COMPONENTS_TOO_FEW", "a box set holds at least two releases", "components")
    discs = {track.disc_number for track in release.tracks}
    times = Counter(number for component in release.components for number in component.disc_numbers)
    for place, component in enumerate(release.components):
        path = f"components.{place}.disc_numbers"
        if unknown := [number for number in component.disc_numbers if number not in discs]:
            yield _error("COMPONENT_DISCS_UNFIT", f"{component.title}: there is no disc {unknown[0]}", path)
        if repeated := [number for number in component.disc_numbers if times[number] > 1]:
            message = f"{component.title}: disc {repeated[0]} belongs to one release, once"
            yield _error("COMPONENT_DISCS_UNFIT", message, path)


def _advance_errors(release: Release) -> Iterator[ValidationIssue]:
    """What comes before the release date comes before it, and nothing is shown later than it is offered (6.4.8)."""
    day, pre_order, shown = release.release_date, release.pre_order_date, release.visibility
    if day and pre_order and pre_order >= day:
        message = f"advance orders begin on {pre_order}, not before the release date"
        yield _error("PRE_ORDER_TOO_LATE", message, "pre_order_date")
    starts = [day, pre_order, *(group.start_date for group in release.territory_groups)]
    offered = min(filter(None, starts), default=None)
    for name in ("display_start", "cover_art_start", "track_listing_start", "clip_start"):
        start = getattr(shown, name) if shown else None
        if start and offered and start > offered:
            message = f"{start} is after {offered}, from when the release is offered or can be ordered"
            yield _error("VISIBILITY_TOO_LATE", message, f"visibility.{name}")
    for place, track in enumerate(release.tracks):
        given = track.instant_gratification_date
        if given is None:
            continue
        if pre_order is None or given < pre_order or (day and given > day):
            message = f"track {place + 1} is given at once between the first advance order and the release date"
            yield _error("GRATIFICATION_UNFIT", message, f"tracks.{place}.instant_gratification_date")


def _offer_errors(release: Release) -> Iterator[ValidationIssue]:
    """No territory is offered twice, and none after the rights have ended."""
    rights = release.rights
    ends = rights.end_date if rights else None
    if rights and release.pre_order_date and release.pre_order_date < rights.start_date:
        message = f"the rights begin on {rights.start_date}, after the first day of advance orders"
        yield _error("PRE_ORDER_BEFORE_RIGHTS", message, "pre_order_date")
    for place, group in enumerate(release.territory_groups):
        path = f"territory_groups.{place}"
        for other in release.territory_groups[:place]:
            if shared := shared_territory(group.territories, other.territories):
                yield _error("TERRITORY_REPEATED", f"{shared} is in another group already", f"{path}.territories")
        if rights and group.end_date and group.end_date < rights.start_date:
            message = f"the offer ends before the rights begin on {rights.start_date}"
            yield _error("RIGHTS_BEGIN_AFTER_OFFER", message, f"{path}.end_date")
        if ends and group.start_date > ends:
            message = f"the rights end on {ends}, before the offer begins"
            yield _error("RIGHTS_END_BEFORE_RELEASE", message, f"{path}.start_date")


def shared_territory(one: Territories, other: Territories) -> str:
    """A territory that both contain, empty where there is none."""
    worldwide = [WORLDWIDE in side.included for side in (one, other)]
    if all(worldwide):
        return WORLDWIDE
    for wide, narrow in ((one, other), (other, one)):
        if WORLDWIDE in wide.included:
            return next((code for code in narrow.included if code not in wide.excluded), "")
    return next((code for code in one.included if code in other.included), "")


def _error(code: str, message: str, path: str) -> ValidationIssue:
    return ValidationIssue(code=code, message=message, path=path)
