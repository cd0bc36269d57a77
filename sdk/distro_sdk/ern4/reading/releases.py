"""ReleaseList: the main release, and the tracks that are releases of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from distro_sdk.ern.reading.found import FoundRelease, FoundTrackRelease, FoundVisibility, TerritoryDay
from distro_sdk.ern.reading.lines import chosen_default, read_genre, read_line
from distro_sdk.ern.reading.nodes import Node, leave_all
from distro_sdk.ern.reading.values import read_day, read_truth
from distro_sdk.ern.reading.vocabulary import read_warning
from distro_sdk.ern4.reading.dialects import Dialect
from distro_sdk.ern4.reading.groups import read_group
from distro_sdk.ern4.reading.parties import PartyList
from distro_sdk.ern4.reading.titles import read_credits, read_titles
from distro_sdk.models.commerce import WORLDWIDE

_COMPILATIONS = ("IsSingleArtistCompilation", "IsMultiArtistCompilation", "IsCompilation")


def read_release(
    node: Node, parties: PartyList, dialect: Dialect, language: str | None, visibilities: dict[str, FoundVisibility]
) -> FoundRelease:
    """The main release. `language`: of the message; `visibilities`: by their references."""
    ids = node.child("ReleaseId")
    group = node.child("ResourceGroup")
    compilation = [node.parsed(read_truth, name) for name in _COMPILATIONS]
    node.children("Duration")
    release_date, territory_dates = _release_dates(node)
    return FoundRelease(
        node=node,
        reference=node.need("ReleaseReference").value,
        types=tuple(node.children("ReleaseType")),
        icpn=ids.text("ICPN") if ids else None,
        grid=ids.text("GRid") if ids else None,
        isrc=ids.text("ISRC") if ids else None,
        catalog_number=ids.text("CatalogNumber") if ids else None,
        titles=read_titles(node),
        credits=read_credits(node, parties, dialect),
        label_party_id=parties.find(_label(node)),
        p_line=read_line(node.children("PLine"), "PLine"),
        c_line=read_line(node.children("CLine"), "CLine"),
        genre=read_genre(node.children(dialect.genre)),
        parental_warning=read_warning(node.children("ParentalWarningType")),
        release_date=release_date,
        territory_dates=territory_dates,
        original_release_date=_day(node.children("OriginalReleaseDate")),
        language=node.attribute("LanguageAndScriptCode") or language,
        compilation=any(compilation),
        group=read_group(group, dialect) if group else None,
        visibility=_visibility(node, visibilities),
    )


def read_track_release(
    node: Node, dialect: Dialect, visibilities: dict[str, FoundVisibility], main: FoundRelease | None
) -> FoundTrackRelease:
    """A track release: its genre, where it has one of its own; that it is shown with the main release."""
    ids = node.child("ReleaseId")
    if ids is not None:
        ids.children("ProprietaryId")
    for label in node.children("ReleaseLabelReference"):
        if main is None or main.node.text("ReleaseLabelReference") != label.value:
            label.leave()
    told = _visibility(node, visibilities)
    if told is not None and main is not None:
        _show_clips(main, told)
    return FoundTrackRelease(
        node=node,
        reference=node.need("ReleaseReference").value,
        resource_reference=node.text("ReleaseResourceReference"),
        genre=read_genre(node.children(dialect.genre)),
    )


def _show_clips(main: FoundRelease, of_track: FoundVisibility) -> None:
    """Until ERN 4.3, only tracks say from when their clips may be heard."""
    told = main.visibility or FoundVisibility()
    main.visibility = replace(
        told,
        clip_start=told.clip_start or of_track.clip_start,
        track_listing_start=told.track_listing_start or of_track.track_listing_start,
    )


def _label(node: Node) -> Node | None:
    """The label: the default one, without a type of its own where there is such."""
    labels = node.children("ReleaseLabelReference")
    plain = [label for label in labels if label.attribute("LabelType") in {None, "DisplayLabelName"}]
    leave_all([label for label in labels if plain and label not in plain])
    return chosen_default(plain or labels)


def _release_dates(node: Node) -> tuple[date | None, tuple[TerritoryDay, ...]]:
    """The date that holds by default, and those of single territories."""
    dates = node.children("ReleaseDate")
    worldwide = [day for day in dates if day.attribute("ApplicableTerritoryCode") in {None, WORLDWIDE}]
    told = []
    for single in dates if worldwide else dates[1:]:
        code = single.attribute("ApplicableTerritoryCode")
        if code is not None and code != WORLDWIDE and (day := single.parse(read_day)) is not None:
            told.append(TerritoryDay(single, frozenset({code}), day))
    return _day(worldwide or dates[:1]), tuple(told)


def _day(dates: list[Node]) -> date | None:
    chosen = chosen_default(dates)
    if chosen is None or not chosen.value:
        return None
    day = chosen.parse(read_day)
    if day is None:
        chosen.leave()
    return day


def _visibility(node: Node, visibilities: dict[str, FoundVisibility]) -> FoundVisibility | None:
    references = node.children("ReleaseVisibilityReference")
    leave_all(references[1:])
    if not references:
        return None
    found = visibilities.get(references[0].value)
    if found is None:
        references[0].fault("REFERENCE_DANGLING", f"there is no visibility {references[0].value}")
    return found
