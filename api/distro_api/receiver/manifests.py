"""The manifest of a package: ManifestMessage of DDEX's choreography, version 1.6 or 1.8."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from distro_api.receiver.documents import text
from distro_api.receiver.reports import Finding

NAMESPACES = {"http://ddex.net/xml/ern-c-sftp/16": "1.6", "http://ddex.net/xml/ern-c-sftp/18": "1.8"}
"""With the version of the choreography."""


@dataclass(frozen=True)
class ListedMessage:
    """A message that the manifest lists. `path`: relative to the package, or None where its URL is not usable."""

    message_id: str
    url: str
    path: str | None
    grid: str
    icpn: str
    delivery_type: str
    algorithm: str
    hash: str
    line: int | None


@dataclass(frozen=True)
class Manifest:
    """A manifest that could be read, with what is wrong with it. `version`: of the choreography, empty without one."""

    sender: str
    recipient: str
    test: bool
    messages: tuple[ListedMessage, ...]
    version: str = ""
    findings: list[Finding] = field(default_factory=list)


def read_manifest(root: etree._Element, path: str, folder: str) -> Manifest:
    """Read a manifest that is well-formed. `path`: of its file; `folder`: name of the package's folder."""
    name = etree.QName(root)
    if name.localname != "ManifestMessage" or name.namespace not in NAMESPACES:
        foreign = Finding(code="MANIFEST_FOREIGN", message=f"not a manifest but {name.text}", path=path)
        return Manifest("", "", test=False, messages=(), findings=[foreign])
    manifest = Manifest(
        sender=text(root, "MessageHeader/MessageSender/PartyId"),
        recipient=text(root, "MessageHeader/MessageRecipient/PartyId"),
        test=text(root, "IsTestFlag") in {"true", "1"},
        messages=tuple(_listed(entry, text(root, "RootDirectory")) for entry in root.iterfind("MessageInBatch")),
        version=NAMESPACES[name.namespace or ""],
    )
    manifest.findings.extend(_findings(root, manifest, path, folder))
    return manifest


def _listed(entry: etree._Element, root_directory: str) -> ListedMessage:
    url = text(entry, "URL")
    return ListedMessage(
        message_id=text(entry, "MessageId"),
        url=url,
        path=_relative(url, root_directory),
        grid=text(entry, "IncludedReleaseId/GRid"),
        icpn=text(entry, "IncludedReleaseId/ICPN"),
        delivery_type=text(entry, "DeliveryType"),
        algorithm=text(entry, "HashSum/HashSumAlgorithmType"),
        hash=text(entry, "HashSum/HashSumValue") or text(entry, "HashSum/HashSum"),
        line=entry.sourceline,
    )


def _relative(url: str, root_directory: str) -> str | None:
    """The URL as a path inside the package; senders write it with and without the root directory."""
    parts = [part for part in url.split("/") if part != "."]
    if parts and parts[0] == root_directory:
        parts = parts[1:]
    safe = parts and ":" not in url and not any(part in {"", ".."} or "\\" in part for part in parts)
    return "/".join(parts) if safe else None


def _findings(root: etree._Element, manifest: Manifest, path: str, folder: str) -> Iterator[Finding]:
    directory = text(root, "RootDirectory").strip("/")
    if directory.rpartition("/")[2] != folder:
        yield Finding(
            code="MANIFEST_ROOT_DIRECTORY", message=f"says {directory!r}, the folder is {folder!r}", path=path
        )
    count = text(root, "NumberOfMessages")
    if count != str(len(manifest.messages)):
        message = f"announces {count or 'no number of'} messages and lists {len(manifest.messages)}"
        yield Finding(code="MANIFEST_COUNT", message=message, path=path)
    seen: set[str] = set()
    for listed in manifest.messages:
        if listed.path is None:
            message = f"the URL {listed.url!r} does not stay in the package"
            yield Finding(code="MANIFEST_URL", message=message, path=path, line=listed.line)
        for key in (f"id {listed.message_id}", f"file {listed.path}"):
            if key in seen:
                yield Finding(code="MANIFEST_MESSAGE_TWICE", message=f"lists {key} twice", path=path, line=listed.line)
            seen.add(key)
