"""ResourceList."""

from __future__ import annotations

from distro_plugins.ern382.reading.blocks import choose_block, day_of
from distro_plugins.ern382.reading.cues import CueSheets
from distro_plugins.ern382.reading.files import choose_details, read_file, read_preview
from distro_plugins.ern382.reading.parties import InlineParties
from distro_plugins.ern382.reading.titles import read_credits, read_titles
from distro_sdk.ern.reading.found import FoundCredits, FoundFile, FoundResource, FoundTitles, FoundWork, ResourceKind
from distro_sdk.ern.reading.lines import read_genre, read_line
from distro_sdk.ern.reading.nodes import Node, leave_all
from distro_sdk.ern.reading.values import read_seconds, read_truth
from distro_sdk.ern.reading.vocabulary import SOUND_TYPES, VIDEO_TYPES, read_warning
from distro_sdk.messages import FileDetails
from distro_sdk.models.assets import AssetKind

_KINDS = {
    "SoundRecording": ResourceKind.SOUND_RECORDING,
    "Video": ResourceKind.VIDEO,
    "Image": ResourceKind.IMAGE,
    "Text": ResourceKind.TEXT,
}
_ASSETS = {
    ResourceKind.SOUND_RECORDING: AssetKind.AUDIO,
    ResourceKind.VIDEO: AssetKind.VIDEO,
    ResourceKind.IMAGE: AssetKind.IMAGE,
    ResourceKind.TEXT: AssetKind.DOCUMENT,
}
_COMPANIONS = frozenset({"MeadMessage"})


def read_resources(root: Node, parties: InlineParties) -> dict[str, FoundResource]:
    """Every resource by its reference."""
    sheets = CueSheets(root, parties)
    found: dict[str, FoundResource] = {}
    for node in root.need("ResourceList").children(*_KINDS):
        kind = _KINDS[node.name]
        if kind in {ResourceKind.IMAGE, ResourceKind.TEXT}:
            resource = _secondary(node, kind)
        else:
            resource = _recording(node, kind, parties, sheets)
        if resource.reference in found:
            node.fault("ANCHOR_DOUBLED", f"the resource {resource.reference} is declared twice")
        found[resource.reference] = resource
    return found


def _recording(node: Node, kind: ResourceKind, parties: InlineParties, sheets: CueSheets) -> FoundResource:
    details = _details(node)
    listed = details.children(f"Technical{node.name}Details") if details else []
    technical, preview = choose_details(listed)
    titles, citations = read_titles(
        node.child("ReferenceTitle"), [*(details.children("Title") if details else ()), *node.children("Title")]
    )
    told = read_credits(details, parties) if details else FoundCredits()
    p_line = read_line(details.children("PLine"), "PLine") if details else None
    c_line = read_line(details.children("CLine"), "CLine") if details else None
    languages = node.children("LanguageOfPerformance")
    node.children("ReasonForCueSheetAbsence")
    leave_all(languages[1:])
    return FoundResource(
        node=node,
        kind=kind,
        reference=node.need("ResourceReference").value,
        type=_type(node, kind),
        file=read_file(technical, _ASSETS[kind], node.parsed(read_seconds, "Duration")),
        isrc=_isrc(node),
        work=_work(node),
        titles=titles,
        citations=citations,
        credits=told,
        p_line=p_line,
        c_line=c_line,
        genre=read_genre(details.children("Genre")) if details else None,
        parental_warning=read_warning(details.children("ParentalWarningType")) if details else None,
        first_publication_date=day_of(details, "OriginalResourceReleaseDate", "ResourceReleaseDate"),
        language=languages[0].value or None if languages else None,
        instrumental=node.parsed(read_truth, "IsInstrumental") or False,
        preview=read_preview(preview),
        cues=sheets.read(node.children("VideoCueSheetReference"), told, p_line, c_line),
    )


def _secondary(node: Node, kind: ResourceKind) -> FoundResource:
    """An image or a text. A message that travels beside this one is no resource of ours."""
    details = _details(node)
    identities = node.children(f"{node.name}Id")
    for identity in identities:
        identity.children("ProprietaryId")
    if details is not None:
        details.children("ParentalWarningType")
    technical = details.children(f"Technical{node.name}Details") if details else []
    leave_all(technical[1:])
    image = kind is ResourceKind.IMAGE
    titles = FoundTitles() if image else read_titles(None, node.children("Title"))[0]
    word = node.child(f"{node.name}Type")
    named = word.attribute("UserDefinedValue") if word is not None and word.value == "UserDefined" else None
    if named in _COMPANIONS:
        return FoundResource(
            node, kind, node.need("ResourceReference").value, named or "", FoundFile(FileDetails(kind=_ASSETS[kind]))
        )
    return FoundResource(
        node=node,
        kind=kind,
        reference=node.need("ResourceReference").value,
        type=word.value if word is not None else "",
        titles=titles,
        file=read_file(technical[0] if technical else None, _ASSETS[kind]),
    )


def _details(node: Node) -> Node | None:
    blocks = node.children(f"{node.name}DetailsByTerritory")
    chosen = choose_block(blocks)
    leave_all([block for block in blocks if block is not chosen])
    return chosen


def _type(node: Node, kind: ResourceKind) -> str:
    told = node.child(f"{node.name}Type")
    if told is not None and told.value not in (VIDEO_TYPES if kind is ResourceKind.VIDEO else SOUND_TYPES):
        told.leave()
    return told.value if told else ""


def _isrc(node: Node) -> str | None:
    for identity in node.children(f"{node.name}Id"):
        if isrc := identity.text("ISRC"):
            return isrc
    return None


def _work(node: Node) -> FoundWork:
    identities = node.children(f"Indirect{node.name}Id")
    leave_all(identities[1:])
    if not identities:
        return FoundWork()
    identity = identities[0]
    return FoundWork(identity.text("ISWC"), identity.text("OpusNumber"), identity.text("ComposerCatalogNumber"))
