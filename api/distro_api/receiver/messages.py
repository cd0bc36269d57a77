"""What a release message says, read without any knowledge of how it was built."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from distro_api.receiver.documents import text
from distro_api.receiver.reports import Finding, Identifier

NAMESPACE = re.compile(r"http://ddex\.net/xml/ern/\d{2,3}")

COMPANION = re.compile(r"http://ddex\.net/xml/(mead|pie)/\d")
TYPES = frozenset({"NewReleaseMessage", "PurgeReleaseMessage"})

RESOURCES = frozenset({"SoundRecording", "Video", "Image", "MIDI", "Text", "SheetMusic", "Software"})

ANCHORS = {
    "ResourceReference": RESOURCES | {"UserDefinedResource"},
    "ReleaseReference": frozenset({"Release", "TrackRelease", "ClipRelease"}),
    "PartyReference": frozenset({"Party"}),
    "VisibilityReference": frozenset({"ReleaseVisibility", "TrackReleaseVisibility"}),
    "ChapterReference": frozenset({"Chapter"}),
    "CueSheetReference": frozenset({"CueSheet"}),
    "CollectionReference": frozenset({"Collection"}),
    "MusicalWorkReference": frozenset({"MusicalWork"}),
    "BrandReference": frozenset({"Brand"}),
}
"""Elements that are anchors, below these parents; elsewhere the same element is a reference."""

ANCHOR_ANYWHERE = "TechnicalResourceDetailsReference"
NO_REFERENCES = frozenset({"DealReference", "TariffReference", "RightShareReference"})
"""Elements that end in Reference and name something outside the message."""


@dataclass(frozen=True)
class NamedFile:
    """A file that a message names. `size`: kilobytes as announced; `provided`: whether it travels with the message."""

    resource_kind: str
    resource: Identifier | None
    uri: str
    algorithm: str
    hash: str
    data_type: str
    size: str
    provided: bool
    line: int | None


@dataclass(frozen=True)
class ReleaseMessage:
    """A message that could be read. `type`: name of its root element.

    `open_deals`: deals that have no end, or end after the message was made; a purge has none.
    """

    type: str
    message_id: str
    sender: str
    recipient: str
    test: bool
    created: str
    icpn: str
    grid: str
    title: str
    deals: int
    open_deals: int
    files: tuple[NamedFile, ...]
    findings: tuple[Finding, ...]


def read_message(root: etree._Element, path: str) -> ReleaseMessage | None:
    """Read a message about a release, of any version 3.8 to 4.3.2; None for other XML. `path`: of its file."""
    name = etree.QName(root)
    if name.localname not in TYPES or NAMESPACE.fullmatch(name.namespace or "") is None:
        return None
    created = text(root, "MessageHeader/MessageCreatedDateTime")
    main = _main_release(root)
    deals = list(root.iterfind("DealList/ReleaseDeal/Deal"))
    return ReleaseMessage(
        type=name.localname,
        message_id=text(root, "MessageHeader/MessageId"),
        sender=text(root, "MessageHeader/MessageSender/PartyId"),
        recipient=text(root, "MessageHeader/MessageRecipient/PartyId"),
        test=text(root, "MessageHeader/MessageControlType") == "TestMessage",
        created=created,
        icpn="" if main is None else text(main, "ReleaseId/ICPN"),
        grid="" if main is None else text(main, "ReleaseId/GRid"),
        title="" if main is None else _title(main),
        deals=len(deals),
        open_deals=sum(_is_open(deal, created) for deal in deals),
        files=tuple(_named_files(root)),
        findings=tuple(_references(root, path)),
    )


def _title(main: etree._Element) -> str:
    places = ("DisplayTitleText", "ReferenceTitle/TitleText", "Title/TitleText")
    return next((found for place in places if (found := text(main, place))), "")


def is_companion(root: etree._Element) -> bool:
    """Whether it is a message that travels beside that of a release: MEAD, PIE."""
    return COMPANION.match(etree.QName(root).namespace or "") is not None


def _main_release(root: etree._Element) -> etree._Element | None:
    releases = root.findall("ReleaseList/Release") or root.findall("PurgedRelease")
    marked = [release for release in releases if release.get("IsMainRelease") == "true"]
    return next(iter(marked or releases), None)


def _is_open(deal: etree._Element, created: str) -> bool:
    """Whether the deal goes on after the day of the message. In ERN a takedown is a deal that has ended."""
    if deal.find("DealTerms/TakeDown") is not None or deal.find("DealTerms/AllDealsCancelled") is not None:
        return False
    ends = [
        text(period, "EndDate") or text(period, "EndDateTime") for period in deal.iterfind("DealTerms/ValidityPeriod")
    ]
    return not ends or any(not end or end[:10] > created[:10] for end in ends)


def _references(root: etree._Element, path: str) -> Iterator[Finding]:
    """Anchors that stand twice and references that lead nowhere: no schema of DDEX's finds these."""
    anchors: Counter[str] = Counter()
    references: list[tuple[str, str, int | None]] = []
    for element in root.iter("*"):
        name = etree.QName(element).localname
        value = (element.text or "").strip()
        if not name.endswith("Reference") or len(element) or name in NO_REFERENCES:
            continue
        parent = element.getparent()
        above = "" if parent is None else etree.QName(parent).localname
        if name == ANCHOR_ANYWHERE or above in ANCHORS.get(name, frozenset()):
            anchors[value] += 1
        else:
            references.append((name, value, element.sourceline))
    for value, count in anchors.items():
        if count > 1:
            yield Finding(code="ANCHOR_TWICE", message=f"the anchor {value} stands {count} times", path=path)
    for name, value, line in references:
        if value not in anchors:
            message = f"{name} {value} leads nowhere"
            yield Finding(code="REFERENCE_DANGLING", message=message, path=path, line=line)


def _named_files(root: etree._Element) -> Iterator[NamedFile]:
    for file in root.iter("File", "SupplementalDocument"):
        above = [ancestor for ancestor in file.iterancestors() if ancestor.tag in RESOURCES]
        flags = [text(ancestor, "IsProvidedInDelivery") for ancestor in file.iterancestors()]
        resource = above[0] if above else None
        yield NamedFile(
            resource_kind="" if resource is None else str(resource.tag),
            resource=None if resource is None else _identifier(resource),
            uri=unquote(text(file, "URI")) or _path_and_name(file),
            algorithm=text(file, "HashSum/Algorithm") or text(file, "HashSum/HashSumAlgorithmType"),
            hash=text(file, "HashSum/HashSumValue") or text(file, "HashSum/HashSum"),
            data_type=text(file, "HashSum/DataType") or text(file, "HashSum/HashSumDataType"),
            size=text(file, "FileSize"),
            provided="false" not in flags and "0" not in flags,
            line=file.sourceline,
        )


def _path_and_name(file: etree._Element) -> str:
    folder, name = text(file, "FilePath").rstrip("/"), text(file, "FileName")
    return f"{folder}/{name}" if folder and name else name


def _identifier(resource: etree._Element) -> Identifier | None:
    for element in resource.iter("ISRC", "ProprietaryId"):
        if value := (element.text or "").strip():
            return Identifier(kind=str(element.tag), value=value, namespace=element.get("Namespace"))
    return None


def identifiers(findings: Sequence[Finding]) -> Sequence[Identifier]:
    """The resources that findings complain of, each once."""
    return list(dict.fromkeys(finding.resource for finding in findings if finding.resource is not None))
