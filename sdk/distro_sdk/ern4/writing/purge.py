"""PurgedRelease: what a PurgeReleaseMessage says of the release that shall be removed (row MSG-06)."""

from __future__ import annotations

from lxml.etree import Element, SubElement, _Element

from distro_sdk.ern4.writing.dialect import Writing
from distro_sdk.ern4.writing.elements import add
from distro_sdk.ern4.writing.releases import add_release_id


def purged_release(writing: Writing) -> _Element:
    """The release's identifiers, its title and its artists."""
    plan = writing.plan
    element = Element("PurgedRelease")
    add_release_id(element, plan.release, writing.namespace)
    title = SubElement(element, "Title")
    add(title, "TitleText", plan.release.title)
    if plan.release.version:
        add(title, "SubTitle", plan.release.version)
    names = {party.reference: party.name for party in plan.parties}
    for artist in plan.release.artists:
        contributor = SubElement(element, "Contributor", {"SequenceNumber": str(artist.sequence)})
        add(SubElement(contributor, "PartyName"), "FullName", names[artist.party_reference])
    return element
