"""CatalogListMessage: which releases a label has."""

from __future__ import annotations

from distro_plugins.ern382.reading.blocks import day_of
from distro_plugins.ern382.reading.parties import InlineParties
from distro_sdk.ern.reading.found import FoundCredits, FoundMessage, FoundRelease, FoundTitles
from distro_sdk.ern.reading.header import read_header
from distro_sdk.ern.reading.lines import read_genre, read_line
from distro_sdk.ern.reading.nodes import Node, leave_all
from distro_sdk.ern.reading.parties import PartyRegistry
from distro_sdk.models.message import MessageType


def read_catalog_list(root: Node, registry: PartyRegistry) -> FoundMessage:
    """Every release of the list, without its tracks."""
    parties = InlineParties(root, registry)
    root.children("PublicationDate")
    items = tuple(
        _item(node, f"R{number}", parties) for number, node in enumerate(root.children("CatalogItem"), start=1)
    )
    return FoundMessage(
        header=read_header(root), type=MessageType.CATALOG_LIST, profile=None, resources={}, releases=items
    )


def _item(node: Node, reference: str, parties: InlineParties) -> FoundRelease:
    ids = node.child("ReleaseId")
    shown = node.child("DisplayTitle") or node.child("Title")
    title = node.child("Title")
    titles = FoundTitles(shown.text("TitleText"), shown.text("SubTitle")) if shown else FoundTitles()
    if title is not None and (title.text("TitleText"), title.text("SubTitle")) != (titles.title, titles.version):
        title.leave()
    labels = node.children("LabelName")
    leave_all(labels[1:])
    artist = node.text("DisplayArtistName")
    leave_all([name for name in node.children("ContributorName") if name.value != artist])
    node.children("TerritoryCode")
    return FoundRelease(
        node=node,
        reference=reference,
        icpn=ids.text("ICPN") if ids else None,
        grid=ids.text("GRid") if ids else None,
        isrc=ids.text("ISRC") if ids else None,
        catalog_number=ids.text("CatalogNumber") if ids else None,
        titles=titles,
        credits=FoundCredits(display_artist=artist),
        label_party_id=parties.named(labels[0]) if labels else None,
        genre=read_genre(node.children("Genre")),
        p_line=read_line(node.children("PLine"), "PLine"),
        c_line=read_line(node.children("CLine"), "CLine"),
        release_date=day_of(node, "ReleaseDate"),
    )
