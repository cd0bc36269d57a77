"""Reads a message of ERN 3.8."""

from __future__ import annotations

from distro_plugins.ern382.reading.catalog_list import read_catalog_list
from distro_plugins.ern382.reading.deals import read_deals
from distro_plugins.ern382.reading.parties import InlineParties
from distro_plugins.ern382.reading.releases import ReleaseReader, divide_releases
from distro_plugins.ern382.reading.resources import read_resources
from distro_sdk.ern.reading.found import FoundMessage
from distro_sdk.ern.reading.header import read_header, release_references
from distro_sdk.ern.reading.nodes import Node
from distro_sdk.ern.reading.parties import PartyRegistry
from distro_sdk.ern.reading.purge import read_purge
from distro_sdk.ern.reading.result import read_message
from distro_sdk.ern.reading.terms import shown_with
from distro_sdk.messages import ReadMessage
from distro_sdk.models.message import MessageType
from distro_sdk.xml import ParsedMessage


class Ern382Reader:
    """Reads NewReleaseMessages, PurgeReleaseMessages and CatalogListMessages. See `MessageReader` for the contract."""

    format = "ern/3.8.2"
    namespaces = frozenset(f"http://ddex.net/xml/ern/{version}" for version in ("382", "38", "381", "383"))

    def read(self, message: ParsedMessage) -> ReadMessage:
        """What the message says; raises `DomainErrors`.

        NAMESPACE_UNKNOWN, MESSAGE_TYPE_UNKNOWN, ELEMENT_MISSING, VALUE_INVALID, REFERENCE_DANGLING, ANCHOR_DOUBLED.
        """
        return read_message(
            message,
            self.format,
            self.namespaces,
            {
                MessageType.NEW_RELEASE: _new_release,
                MessageType.PURGE_RELEASE: _purge,
                MessageType.CATALOG_LIST: read_catalog_list,
            },
        )


def _new_release(root: Node, registry: PartyRegistry) -> FoundMessage:
    header = read_header(root)
    # Whether a message is the first one or an update belongs to the exchange, as its thread does.
    root.children("UpdateIndicator")
    parties = InlineParties(root, registry)
    resources = read_resources(root, parties)
    profile = root.attribute("ReleaseProfileVersionId")
    reader = ReleaseReader(
        parties, root.attribute("LanguageAndScriptCode"), classical="classical" in (profile or "").lower()
    )
    listed = root.need("ReleaseList")
    main, others = divide_releases(listed.children("Release"))
    if not main:
        root.reading.refuse("ELEMENT_MISSING", listed.element, "there is no Release")
    releases = tuple(reader.main(node) for node in main)
    tracks = tuple(reader.track(node, resources, releases[0]) for node in others)
    deals = read_deals(root, release_references(releases, tracks))
    for release in releases:
        release.visibility = shown_with(deals, release.reference)
    return FoundMessage(
        header=header,
        type=MessageType.NEW_RELEASE,
        profile=profile,
        resources=resources,
        releases=releases,
        track_releases=tracks,
        deals=deals,
    )


def _purge(root: Node, registry: PartyRegistry) -> FoundMessage:
    return read_purge(root, registry, InlineParties(root, registry).add)
