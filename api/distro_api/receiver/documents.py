"""Reading XML that a stranger sent, and judging it by DDEX's schemas where they are at hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from lxml import etree

from distro_api.receiver.reports import Finding, Severity

MAX_SIZE = 50 * 1024 * 1024
"""Bytes of a message that are read."""

MAX_SCHEMA_FINDINGS = 50

_STANDARDS = {
    "ern": "release-notification.xsd",
    "ern-c-sftp": "ern-choreography-sftp.xsd",
    "mead": "media-enrichment-and-description.xsd",
}
_NAMESPACE = re.compile(r"http://ddex\.net/xml/(?P<standard>ern|ern-c-sftp|mead)/(?P<version>\d{2,3})")


class UnreadableError(Exception):
    """A document that cannot be read; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def read_document(file: Path, path: str, prefix: str) -> etree._Element:
    """Parse a file without resolving entities, loading a DTD or touching the network.

    `path`: of the file in findings; `prefix`: of their codes, MANIFEST or MESSAGE. Raises `UnreadableError` with
    …_TOO_LARGE, …_NOT_WELL_FORMED or …_DOCTYPE.
    """
    if file.stat().st_size > MAX_SIZE:
        raise UnreadableError(Finding(code=f"{prefix}_TOO_LARGE", message=f"more than {MAX_SIZE} bytes", path=path))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(file.read_bytes(), parser)  # noqa: TID251 (hardened; the receiver shares no code)
    except etree.XMLSyntaxError as error:
        message = error.msg or "not well-formed"
        code = f"{prefix}_NOT_WELL_FORMED"
        raise UnreadableError(Finding(code=code, message=message, path=path, line=error.lineno)) from error
    if root.getroottree().docinfo.doctype:
        message = "a document type declaration is not taken"
        raise UnreadableError(Finding(code=f"{prefix}_DOCTYPE", message=message, path=path))
    return root


class SchemaFolder:
    """DDEX's XSD files in a folder, `<folder>/[xsd/]<standard>/<version>/…`; compiled once, never fetched."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._compiled: dict[tuple[str, str], etree.XMLSchema | None] = {}
        self._lock = Lock()

    def judge(self, root: etree._Element, path: str, prefix: str) -> Sequence[Finding]:
        """What the schema of the document's namespace says; a warning where there is none at hand."""
        schema = self._schema(etree.QName(root).namespace or "")
        if schema is None:
            message = f"no schema at hand for {etree.QName(root).namespace}"
            return [
                Finding(code="SCHEMA_UNAVAILABLE", message=message, path=path, severity=Severity.WARNING),
            ]
        # A compiled schema keeps its errors in itself: one validation at a time.
        with self._lock:
            schema.validate(root)
            log = [(entry.line, entry.message) for entry in schema.error_log]
        return [
            Finding(code=f"{prefix}_SCHEMA", message=message, path=path, line=line)
            for line, message in log[:MAX_SCHEMA_FINDINGS]
        ]

    def _schema(self, namespace: str) -> etree.XMLSchema | None:
        match = _NAMESPACE.fullmatch(namespace)
        if match is None or self._folder is None:
            return None
        key = match["standard"], ".".join(match["version"])
        with self._lock:
            if key not in self._compiled:
                self._compiled[key] = self._compile(*key)
            return self._compiled[key]

    def _compile(self, standard: str, version: str) -> etree.XMLSchema | None:
        for base in (f"xsd/{standard}/{version}", f"{standard}/{version}"):
            main = Path(self._folder or "", base, _STANDARDS[standard])
            if main.is_file():
                parser = etree.XMLParser(no_network=True, huge_tree=True)
                parser.resolvers.add(_OwnFolder(main.parent))
                return etree.XMLSchema(etree.parse(main, parser))  # noqa: TID251 (a schema of the operator's)
        return None


class _OwnFolder(etree.Resolver):
    """Finds imported schemas by their file name in the set's folder or the one above it, and nowhere else."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def resolve(self, system_url: str | None, public_id: str | None, context: Any) -> Any:
        name = (system_url or "").rsplit("/", 1)[-1]
        if name == "XMLSchema.dtd":
            return self.resolve_string("", context)
        for folder in (self._folder, self._folder.parent):
            if (folder / name).is_file():
                return self.resolve_filename(str(folder / name), context)
        raise OSError(f"{name} is not in the schema folder")


def text(element: etree._Element, path: str) -> str:
    """The text of a descendant, without white space around it, empty where there is none."""
    return (element.findtext(path) or "").strip()
