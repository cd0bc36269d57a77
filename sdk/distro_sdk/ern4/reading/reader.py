"""Reads a message of ERN 4."""

from __future__ import annotations

from distro_sdk.ern.reading.found import FoundMessage
from distro_sdk.ern.reading.header import read_header, release_references
from distro_sdk.ern.reading.nodes import Node
from distro_sdk.ern.reading.parties import PartyRegistry
from distro_sdk.ern.reading.purge import read_purge
from distro_sdk.ern.reading.result import read_message
from distro_sdk.ern.reading.terms import shown_with
from distro_sdk.ern4.reading.deals import read_deals, read_visibilities
from distro_sdk.ern4.reading.dialects import Dialect
from distro_sdk.ern4.reading.parties import PartyList, add_party
from distro_sdk.ern4.reading.releases import read_release, read_track_release
from distro_sdk.ern4.reading.resources import ResourceReader
from distro_sdk.messages import ReadMessage
from distro_sdk.models.message import MessageType
from distro_sdk.xml import ParsedMessage


class Ern4Reader:
    """Reads NewReleaseMessages and PurgeReleaseMessages of one version. See `MessageReader` for the contract."""

    def __init__(self, dialect: Dialect) -> None:
        self.format = dialect.format
        self.namespaces = dialect.namespaces
        self._dialect = dialect

    def read(self, message: ParsedMessage) -> ReadMessage:
        """What the message says; raises `DomainErrors`.

        NAMESPACE_UNKNOWN, MESSAGE_TYPE_UNKNOWN, ELEMENT_MISSING, VALUE_INVALID, REFERENCE_DANGLING, ANCHOR_DOUBLED.
        """
        return read_message(
            message,
            self.format,
            self.namespaces,
            {MessageType.NEW_RELEASE: self._new_release, MessageType.PURGE_RELEASE: _purge},
        )

    def _new_release(self, root: Node, registry: PartyRegistry) -> FoundMessage:
        header = read_header(root)
        parties = PartyList(root, registry)
        resources = ResourceReader(root, parties, self._dialect).read()
        visibilities = read_visibilities(root) if self._dialect.visibilities else {}
        language = root.attribute("LanguageAndScriptCode")
        listed = root.need("ReleaseList")
        releases = tuple(
            read_release(node, parties, self._dialect, language, visibilities) for node in listed.children("Release")
        )
        if not releases:
            root.reading.refuse("ELEMENT_MISSING", listed.element, "there is no Release")
        tracks = tuple(
            read_track_release(node, self._dialect, visibilities, releases[0])
            for node in listed.children("TrackRelease")
        )
        deals = read_deals(root, release_references(releases, tracks))
        if not self._dialect.visibilities:
            for release in releases:
                release.visibility = shown_with(deals, release.reference)
        return FoundMessage(
            header=header,
            type=MessageType.NEW_RELEASE,
            profile=root.attribute("ReleaseProfileVersionId"),
            resources=resources,
            releases=releases,
            track_releases=tracks,
            deals=deals,
        )


def _purge(root: Node, registry: PartyRegistry) -> FoundMessage:
    return read_purge(root, registry, lambda node: add_party(node, registry))
