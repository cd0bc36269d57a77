"""ResourceList."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from distro_sdk.ern.reading.found import FoundFile, FoundResource, FoundTitles, FoundWork, ResourceKind
from distro_sdk.ern.reading.lines import read_line
from distro_sdk.ern.reading.nodes import Node, leave_all
from distro_sdk.ern.reading.values import read_day, read_seconds, read_truth
from distro_sdk.ern.reading.vocabulary import SOUND_TYPES, VIDEO_TYPES, read_warning
from distro_sdk.ern4.reading.cues import CueSheets
from distro_sdk.ern4.reading.dialects import Dialect
from distro_sdk.ern4.reading.files import read_image_file, read_preview, read_recording_file, read_text_file
from distro_sdk.ern4.reading.parties import PartyList
from distro_sdk.ern4.reading.titles import read_citations, read_credits, read_titles
from distro_sdk.models.assets import AssetKind

_KINDS = {
    "SoundRecording": ResourceKind.SOUND_RECORDING,
    "Video": ResourceKind.VIDEO,
    "Image": ResourceKind.IMAGE,
    "Text": ResourceKind.TEXT,
}
_IMMERSIVE = "ImmersiveEdition"


class ResourceReader:
    """Reads the resources of a message."""

    def __init__(self, root: Node, parties: PartyList, dialect: Dialect) -> None:
        self._root = root
        self._parties = parties
        self._dialect = dialect

    def read(self) -> dict[str, FoundResource]:
        """Every resource by its reference."""
        sheets = CueSheets(self._root, self._parties, self._dialect)
        found: dict[str, FoundResource] = {}
        for node in self._root.need("ResourceList").children(*_KINDS):
            kind = _KINDS[node.name]
            if kind in {ResourceKind.IMAGE, ResourceKind.TEXT}:
                resource = self._secondary(node, kind)
            else:
                resource = self._recording(node, kind, sheets)
            if resource.reference in found:
                node.fault("ANCHOR_DOUBLED", f"the resource {resource.reference} is declared twice")
            found[resource.reference] = resource
        return found

    def _recording(self, node: Node, kind: ResourceKind, sheets: CueSheets) -> FoundResource:
        video = kind is ResourceKind.VIDEO
        asset_kind = AssetKind.VIDEO if video else AssetKind.AUDIO
        editions = self._editions(node)
        plain = next((edition for edition in editions if not _is_immersive(edition)), None)
        twin = next((edition for edition in editions if _is_immersive(edition) and not video), None)
        if plain is None:
            plain, twin = editions[0], None
        leave_all([edition for edition in editions if edition not in (plain, twin)])
        duration = node.parsed(read_seconds, "Duration")
        details, flat_twin = self._details(plain)
        publication = _first(node.children("FirstPublicationDate"))
        shown = read_credits(node, self._parties, self._dialect)
        p_line = read_line(plain.children("PLine"), "PLine")
        c_line = read_line(plain.children("CLine"), "CLine")
        twin_file, twin_isrc = self._twin(twin, flat_twin, duration)
        if twin is not None and read_line(twin.children("PLine"), "PLine") != p_line:
            leave_all(twin.children("PLine"))
        node.children("ReasonForCueSheetAbsence")
        return FoundResource(
            node=node,
            kind=kind,
            reference=node.need("ResourceReference").value,
            type=_type(node, video=video),
            file=self._file(details, asset_kind, duration),
            isrc=_isrc(plain),
            work=_work(node),
            titles=read_titles(node),
            citations=read_citations(node, self._dialect),
            credits=shown,
            p_line=p_line,
            c_line=c_line,
            parental_warning=read_warning(node.children("ParentalWarningType")),
            first_publication_date=_publication(publication),
            language=_language(node),
            instrumental=node.parsed(read_truth, "IsInstrumental") or False,
            preview=read_preview(details, editions=self._dialect.editions),
            immersive=twin_file,
            immersive_isrc=twin_isrc,
            cues=sheets.read(node.children("VideoCueSheetReference"), shown, p_line, c_line),
            supplemental=node.flag("IsSupplemental"),
        )

    def _editions(self, node: Node) -> list[Node]:
        """Where ids, lines and files stand: in editions, else in the recording itself."""
        if not self._dialect.editions:
            return [node]
        return node.children("SoundRecordingEdition", "VideoEdition") or [node.need(f"{node.name}Edition")]

    def _file(self, details: Node | None, kind: AssetKind, duration: Decimal | None) -> FoundFile:
        return read_recording_file(details, kind, duration, editions=self._dialect.editions)

    def _details(self, plain: Node) -> tuple[Node | None, Node | None]:
        """The details of the file, and those of its immersive twin where they stand side by side."""
        listed = plain.children("TechnicalDetails")
        flat = [] if self._dialect.editions else listed
        twins = [details for details in flat if "immersive" in (details.text("EncodingDescription") or "").lower()]
        twins = [details for details in twins if details.text("EncodingId", "ISRC")]
        leave_all(twins[1:])
        return _first([details for details in listed if details not in twins]), next(iter(twins), None)

    def _twin(
        self, edition: Node | None, flat: Node | None, duration: Decimal | None
    ) -> tuple[FoundFile | None, str | None]:
        """The file and the ISRC of the immersive twin."""
        if edition is not None:
            edition.children("RecordingMode")
            details = _first(edition.children("TechnicalDetails"))
            return self._file(details, AssetKind.AUDIO, duration), _isrc(edition)
        if flat is not None:
            return self._file(flat, AssetKind.AUDIO, duration), flat.text("EncodingId", "ISRC")
        return None, None

    def _secondary(self, node: Node, kind: ResourceKind) -> FoundResource:
        details = _first(node.children("TechnicalDetails"))
        image = kind is ResourceKind.IMAGE
        _tie(node)
        return FoundResource(
            node=node,
            kind=kind,
            reference=node.need("ResourceReference").value,
            type=node.text("Type") or "",
            titles=FoundTitles() if image else read_titles(node),
            file=read_image_file(details) if image else read_text_file(details),
        )


def _tie(node: Node) -> None:
    """What only ties an image or a text to the message, or nobody can say of it."""
    node.children("ParentalWarningType")
    for identity in node.children("ResourceId"):
        identity.children("ProprietaryId")


def _type(node: Node, *, video: bool) -> str:
    """The type of a recording; one that our model does not tell from others is left."""
    told = node.child("Type")
    if told is not None and told.value not in (VIDEO_TYPES if video else SOUND_TYPES):
        told.leave()
    return told.value if told else ""


def _first(nodes: list[Node]) -> Node | None:
    leave_all(nodes[1:])
    return nodes[0] if nodes else None


def _is_immersive(edition: Node) -> bool:
    return edition.text("Type") == _IMMERSIVE


def _isrc(edition: Node) -> str | None:
    identity = _first(edition.children("ResourceId"))
    return identity.text("ISRC") if identity else None


def _work(node: Node) -> FoundWork:
    identity = _first(node.children("WorkId"))
    if identity is None:
        return FoundWork()
    catalogue = _first(identity.children("ComposerCatalogNumber"))
    return FoundWork(identity.text("ISWC"), identity.text("OpusNumber"), catalogue.value or None if catalogue else None)


def _publication(node: Node | None) -> date | None:
    """The day of the first publication; a year alone is no day."""
    if node is None:
        return None
    holder = node.child("FulfillmentDate") or node
    day = holder.parse(read_day) if holder.value else None
    if day is None:
        holder.leave()
    return day


def _language(node: Node) -> str | None:
    languages = node.children("LanguageOfPerformance")
    leave_all(languages[1:])
    return languages[0].value or None if languages else None
