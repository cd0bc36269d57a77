"""PurgeReleaseMessage, which all versions write almost alike."""

from __future__ import annotations

from collections.abc import Callable

from distro_sdk.ern.reading.found import FoundCredits, FoundMessage, FoundRelease, FoundTitles
from distro_sdk.ern.reading.header import read_header
from distro_sdk.ern.reading.nodes import Node, leave_all
from distro_sdk.ern.reading.parties import PartyRegistry, shown_name
from distro_sdk.models.catalogue import ArtistRole, DisplayArtist
from distro_sdk.models.message import MessageType

_ROLES = {role.value: role for role in ArtistRole}


def read_purge(root: Node, registry: PartyRegistry, add_party: Callable[[Node], str | None]) -> FoundMessage:
    """The release that is to be forgotten: identifiers, title, artists. `add_party`: reads an inline party."""
    node = root.need("PurgedRelease")
    ids = node.child("ReleaseId")
    titles = node.children("Title")
    leave_all(titles[1:])
    title = titles[0] if titles else None
    artists = []
    for entry in node.children("Contributor", "ResourceContributor"):
        party_id = add_party(entry)
        words = entry.children("Role", "ResourceContributorRole")
        leave_all([word for word in words if word.value not in _ROLES])
        if party_id is not None:
            known = [_ROLES[word.value] for word in words if word.value in _ROLES]
            artists.append(DisplayArtist(party_id=party_id, role=next(iter(known), ArtistRole.MAIN_ARTIST)))
    found = FoundRelease(
        node=node,
        reference="PurgedRelease",
        icpn=ids.text("ICPN") if ids else None,
        grid=ids.text("GRid") if ids else None,
        isrc=ids.text("ISRC") if ids else None,
        catalog_number=ids.text("CatalogNumber") if ids else None,
        titles=FoundTitles(title.text("TitleText"), title.text("SubTitle")) if title else FoundTitles(),
        credits=FoundCredits(display_artist=shown_name(artists, registry), artists=tuple(artists)),
        purged=True,
    )
    return FoundMessage(
        header=read_header(root),
        type=MessageType.PURGE_RELEASE,
        profile=root.attribute("ReleaseProfileVersionId"),
        resources={},
        releases=(found,),
    )
