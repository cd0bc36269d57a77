"""Reads where and when a release may be offered: territories, rights, groups of territories, what is shown before."""

from __future__ import annotations

from typing import Final

from distro_core.catalogue.drafts import RightsDraft, TerritoriesDraft, TerritoryGroupDraft, VisibilityDraft
from distro_core.catalogue.reading import Reading
from distro_core.catalogue.structure_rules import shared_territory
from distro_core.catalogue.vocabulary import check_date, check_territory
from distro_sdk.errors import Path
from distro_sdk.models.commerce import WORLDWIDE, Rights, Territories, TerritoryGroup, Visibility

LONGEST_CODE: Final = 50


def read_territories(reading: Reading, draft: TerritoriesDraft, path: Path) -> Territories | None:
    """Included and excluded territories; faults are noted in `reading`."""
    codes: dict[str, list[str]] = {}
    for side in ("included", "excluded"):
        read = [reading.take(check_territory, code, (*path, side, n)) for n, code in enumerate(getattr(draft, side))]
        codes[side] = list(dict.fromkeys(code for code in read if code))
    if not draft.included:
        reading.fault("TERRITORIES_MISSING", "name territories, or Worldwide", (*path, "included"))
    if WORLDWIDE in codes["included"] and len(codes["included"]) > 1:
        message = "Worldwide cannot be combined with single territories"
        reading.fault("TERRITORIES_CONTRADICT", message, (*path, "included"))
    if WORLDWIDE in codes["excluded"]:
        reading.fault("TERRITORIES_CONTRADICT", "Worldwide cannot be excluded", (*path, "excluded"))
    if overlap := sorted(set(codes["included"]) & set(codes["excluded"]) - {WORLDWIDE}):
        message = f"included and excluded at once: {', '.join(overlap)}"
        reading.fault("TERRITORIES_CONTRADICT", message, (*path, "excluded"))
    if any(fault.path[: len(path)] == path for fault in reading.faults):
        return None
    return reading.build(Territories, path, **codes)


def read_rights(reading: Reading, draft: RightsDraft, path: Path) -> Rights | None:
    """The period of the rights and the price code; faults are noted in `reading`."""
    if not draft.start_date:
        reading.fault("RIGHTS_START_MISSING", "the rights need a start date", (*path, "start_date"))
        return None
    start = reading.take(check_date, draft.start_date, (*path, "start_date"))
    end = reading.take(check_date, draft.end_date, (*path, "end_date")) if draft.end_date else None
    codes = {
        name: reading.text(value, (*path, name), LONGEST_CODE)
        for name in ("price_code", "track_price_code")
        if (value := getattr(draft, name))
    }
    if start and end and end < start:
        reading.fault("RIGHTS_END_BEFORE_START", "the rights end before they start", (*path, "end_date"))
        return None
    return reading.build(Rights, path, start_date=start, end_date=end, **codes)


def read_territory_groups(
    reading: Reading, drafts: tuple[TerritoryGroupDraft, ...], path: Path
) -> tuple[TerritoryGroup, ...]:
    """Groups of territories, none of which is in two of them; faults are noted in `reading`."""
    groups: list[TerritoryGroup] = []
    for place, draft in enumerate(drafts):
        group = _territory_group(reading, draft, (*path, place))
        if group is None:
            continue
        for other in groups:
            if shared := shared_territory(group.territories, other.territories):
                message = f"{shared} is in another group already"
                reading.fault("TERRITORY_REPEATED", message, (*path, place, "territories"))
        groups.append(group)
    return tuple(groups)


def read_visibility(reading: Reading, draft: VisibilityDraft, path: Path) -> Visibility | None:
    """From when a release is shown; what has no date of its own is shown with the rest."""
    dates = {
        name: reading.take(check_date, value, (*path, name))
        for name in VisibilityDraft.model_fields
        if (value := getattr(draft, name))
    }
    return reading.build(Visibility, path, **dates)


def _territory_group(reading: Reading, draft: TerritoryGroupDraft, path: Path) -> TerritoryGroup | None:
    territories = read_territories(reading, draft.territories, (*path, "territories"))
    period = read_rights(
        reading,
        RightsDraft(start_date=draft.start_date, end_date=draft.end_date, price_code=draft.price_code),
        path,
    )
    if territories is None or period is None:
        return None
    return TerritoryGroup(territories=territories, **period.model_dump(exclude={"track_price_code"}))
