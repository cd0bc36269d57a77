"""Messages beside that of a new release: a purge, and the list of a catalogue."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import Element, SubElement, _Element

from distro_plugins.ern382.elements import add_party
from distro_plugins.ern382.groups import add_release_id
from distro_plugins.ern382.header import NAMESPACE, header_element, moment, root_attributes
from distro_sdk.ern.elements import add
from distro_sdk.ern.stream import MessageStream
from distro_sdk.errors import DomainError
from distro_sdk.models.commerce import WORLDWIDE
from distro_sdk.models.message import CatalogEntry, CatalogListPlan, MessagePlan, MessageType


def write_purge(plan: MessagePlan) -> bytes:
    """A PurgeReleaseMessage: the one release that shall be forgotten (row MSG-06)."""
    head = (header_element(plan), _purged_release(plan))
    return MessageStream(MessageType.PURGE_RELEASE, NAMESPACE, root_attributes(plan), head).write()


def write_catalog_list(plan: CatalogListPlan) -> bytes:
    """A CatalogListMessage, available from the moment of its making (row MSG-05)."""
    return MessageStream(MessageType.CATALOG_LIST, NAMESPACE, root_attributes(plan), _listed(plan)).write()


def find_list_refusals(plan: CatalogListPlan) -> Iterator[DomainError]:
    """The schema wants a date of each release in the list."""
    for place, entry in enumerate(plan.entries):
        if entry.release_date is None:
            text = f"the release {entry.icpn} has no release date, which a list of a catalogue must tell"
            yield DomainError("RELEASE_DATE_MISSING", text, ("entries", place, "release_date"))


def _purged_release(plan: MessagePlan) -> _Element:
    release = plan.release
    element = Element("PurgedRelease")
    ids = add_release_id(element, release.grid, release.icpn)
    if release.catalog_number:
        add(ids, "CatalogNumber", release.catalog_number, {"Namespace": plan.namespace})
    title = SubElement(element, "Title")
    add(title, "TitleText", release.title)
    if release.version:
        add(title, "SubTitle", release.version)
    for artist in release.artists:
        entry = SubElement(element, "ResourceContributor", {"SequenceNumber": str(artist.sequence)})
        add_party(entry, plan.party(artist.party_reference))
        add(entry, "ResourceContributorRole", artist.role)
    return element


def _listed(plan: CatalogListPlan) -> Iterator[_Element]:
    yield header_element(plan)
    published = Element("PublicationDate")
    published.text = moment(plan.created_at)
    yield published
    for entry in plan.entries:
        yield _catalog_item(entry, plan.sender.dpid)


def _catalog_item(entry: CatalogEntry, namespace: str) -> _Element:
    """One release; the schema has no place for its type and its duration."""
    item = Element("CatalogItem")
    add(item, "TerritoryCode", WORLDWIDE)
    ids = add_release_id(item, entry.grid, entry.icpn)
    if entry.catalog_number:
        add(ids, "CatalogNumber", entry.catalog_number, {"Namespace": namespace})
    title = SubElement(item, "Title", {"TitleType": "FormalTitle"})
    add(title, "TitleText", entry.title)
    if entry.version:
        add(title, "SubTitle", entry.version)
    add(item, "DisplayArtistName", entry.display_artist)
    add(item, "ContributorName", entry.display_artist)
    shown = SubElement(item, "DisplayTitle")
    add(shown, "TitleText", entry.title)
    if entry.version:
        add(shown, "SubTitle", entry.version)
    add(item, "LabelName", entry.label_name)
    if entry.release_date:
        add(item, "ReleaseDate", entry.release_date.isoformat())
    return item
