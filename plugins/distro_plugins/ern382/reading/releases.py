"""ReleaseList: the main release, and those that hold one of its tracks each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from distro_plugins.ern382.reading.blocks import choose_block, day_of
from distro_plugins.ern382.reading.groups import GroupTree, with_listed
from distro_plugins.ern382.reading.parties import InlineParties
from distro_plugins.ern382.reading.titles import read_credits, read_titles, shown_artist
from distro_sdk.ern.reading.found import (
    FoundRelease,
    FoundResource,
    FoundTrackRelease,
    TerritoryDay,
)
from distro_sdk.ern.reading.lines import chosen_default, read_genre, read_line
from distro_sdk.ern.reading.nodes import Node, leave_all
from distro_sdk.ern.reading.parties import shown_name
from distro_sdk.ern.reading.values import read_truth
from distro_sdk.ern.reading.vocabulary import read_warning
from distro_sdk.models.commerce import WORLDWIDE

TRACKS = frozenset({"TrackRelease", "VideoTrackRelease"})
_RELEASE_DATES = ("ReleaseDate", "GlobalReleaseDate")
_ORIGINAL_DATES = ("OriginalReleaseDate", "GlobalOriginalReleaseDate")


def divide_releases(nodes: list[Node]) -> tuple[list[Node], list[Node]]:
    """Main releases and tracks: as they are marked, else by their types; where all are tracks, the first is main."""
    main = [node for node in nodes if node.flag("IsMainRelease")]
    if not main:
        main = [node for node in nodes if not TRACKS & set(_types(node))]
    if not main:
        main = nodes[:1]
    chosen = {id(node.element) for node in main}
    return main, [node for node in nodes if id(node.element) not in chosen]


class ReleaseReader:
    """Reads the releases of a message. `language`: of the message; `classical`: whether its profile is."""

    def __init__(self, parties: InlineParties, language: str | None, *, classical: bool) -> None:
        self._parties = parties
        self._language = language
        self._groups = GroupTree(classical=classical)

    def main(self, node: Node) -> FoundRelease:
        """The main release."""
        blocks = node.children("ReleaseDetailsByTerritory")
        details = choose_block(blocks) or node
        titles, citations = read_titles(node.child("ReferenceTitle"), details.children("Title"))
        leave_all(list(citations))
        told = read_credits(details, self._parties)
        shown = told.display_artist or shown_name(told.artists, self._parties.registry)
        ids = _ids(node)
        groups = details.children("ResourceGroup")
        leave_all(groups[1:])
        node.children("Duration")
        return FoundRelease(
            node=node,
            reference=node.text("ReleaseReference") or "",
            types=(*node.children("ReleaseType"), *details.children("ReleaseType")),
            icpn=ids.get("ICPN"),
            grid=ids.get("GRid"),
            isrc=ids.get("ISRC"),
            catalog_number=ids.get("CatalogNumber"),
            titles=titles,
            credits=replace(told, display_artist=shown),
            label_party_id=self._label(details),
            p_line=read_line([*node.children("PLine"), *details.children("PLine")], "PLine"),
            c_line=read_line([*node.children("CLine"), *details.children("CLine")], "CLine"),
            genre=read_genre(details.children("Genre")),
            parental_warning=read_warning(details.children("ParentalWarningType")),
            release_date=day_of(details, *_RELEASE_DATES) or day_of(node, *_RELEASE_DATES),
            original_release_date=day_of(details, *_ORIGINAL_DATES) or day_of(node, *_ORIGINAL_DATES),
            territory_dates=tuple(_territory_days(blocks, details, titles.title)),
            language=node.attribute("LanguageAndScriptCode") or self._language,
            compilation=details.parsed(read_truth, "IsMultiArtistCompilation") or False,
            group=with_listed(self._groups.read(groups[0]) if groups else None, node),
        )

    def track(self, node: Node, resources: Mapping[str, FoundResource], main: FoundRelease | None) -> FoundTrackRelease:
        """A release of one track. It says again what its recording and the main release say; what differs is left."""
        blocks = node.children("ReleaseDetailsByTerritory")
        details = choose_block(blocks) or node
        references = node.child("ReleaseResourceReferenceList")
        listed = references.children("ReleaseResourceReference") if references else []
        resource = next((resources[one.value] for one in listed if one.value in resources), None)
        for identity in node.children("ReleaseId"):
            identity.children("ISRC", "ProprietaryId")
        node.children("Duration")
        if resource is not None and main is not None:
            self._compare(node, details, resource, main)
            for block in blocks:
                if block is not details:
                    _compare_block(block, main)
        return FoundTrackRelease(
            node=node,
            reference=node.text("ReleaseReference") or "",
            resource_reference=resource.reference if resource else None,
            genre=read_genre(details.children("Genre")),
        )

    def _compare(self, node: Node, details: Node, resource: FoundResource, main: FoundRelease) -> None:
        leave_all([word for word in node.children("ReleaseType") if word.value not in TRACKS])
        titles = details.children("Title")
        reference = node.child("ReferenceTitle")
        read, citations = read_titles(reference, titles)
        known = {(title.text("TitleText"), title.text("SubTitle")) for title in resource.citations}
        leave_all([one for one in citations if (one.text("TitleText"), one.text("SubTitle")) not in known])
        if read != resource.titles:
            leave_all(titles)
        told = read_credits(details, self._parties)
        own = resource.credits
        if told.artists not in ((), own.artists):
            leave_all(details.children("DisplayArtist"))
        shown = shown_artist(own, main.credits, self._parties)
        if told.display_artist not in {None, shown}:
            leave_all(details.children("DisplayArtistName"))
        if self._label(details) not in {None, main.label_party_id}:
            leave_all(details.children("LabelName"))
        for name, lines in (("PLine", (resource.p_line, main.p_line)), ("CLine", (resource.c_line, main.c_line))):
            found = [*node.children(name), *details.children(name)]
            if read_line(found, name) not in (None, *lines):
                leave_all(found)
        warning = details.children("ParentalWarningType")
        if read_warning(warning) not in {None, resource.parental_warning}:
            leave_all(warning)
        _compare_dates(node, details, main)
        for group in details.children("ResourceGroup"):
            _see_all(group)

    def _label(self, details: Node) -> str | None:
        labels = details.children("LabelName")
        plain = [label for label in labels if label.attribute("LabelNameType") in {None, "DisplayLabelName"}]
        leave_all([label for label in labels if plain and label not in plain])
        chosen = chosen_default(plain or labels)
        return self._parties.named(chosen) if chosen is not None else None


def _compare_dates(node: Node, details: Node, main: FoundRelease) -> None:
    for names, day in ((_RELEASE_DATES, main.release_date), (_ORIGINAL_DATES, main.original_release_date)):
        for holder in (details, node):
            if day_of(holder, *names) not in {None, day}:
                leave_all(holder.children(*names))


def _compare_block(block: Node, main: FoundRelease) -> None:
    """A block for some territories says again when the main release comes out there."""
    day = day_of(block, "ReleaseDate")
    codes = _codes(block)
    for title in block.children("Title"):
        title.children("TitleText", "SubTitle")
    if day is not None and not any(known.day == day and known.codes == codes for known in main.territory_dates):
        block.leave()


def _territory_days(blocks: list[Node], details: Node, title: str | None) -> list[TerritoryDay]:
    """Release dates of single territories, from blocks that say nothing else."""
    found = []
    for block in blocks:
        if block is details:
            continue
        day = day_of(block, "ReleaseDate")
        titles = block.children("Title")
        if day is None:
            block.leave()
            continue
        for told in titles:
            told.children("SubTitle")
            if title is None or not (told.text("TitleText") or "").startswith(title):
                told.leave()
        found.append(TerritoryDay(block, _codes(block), day))
    return found


def _codes(block: Node) -> frozenset[str]:
    """The territories of a block; with exclusions it holds everywhere else."""
    if block.children("ExcludedTerritoryCode"):
        return frozenset({WORLDWIDE})
    return frozenset(code.value for code in block.children("TerritoryCode"))


def _ids(node: Node) -> dict[str, str]:
    found: dict[str, str] = {}
    for identity in node.children("ReleaseId"):
        for name in ("GRid", "ISRC", "ICPN", "CatalogNumber"):
            text = identity.text(name)
            if text and found.setdefault(name, text) != text:
                leave_all(identity.children(name))
    return found


def _types(node: Node) -> list[str]:
    return [word.value for word in node.children("ReleaseType")]


def _see_all(node: Node) -> None:
    for element in node.element.iter():
        node.reading.see(element)
