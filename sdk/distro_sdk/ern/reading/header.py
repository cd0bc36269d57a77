"""MessageHeader, and the anchors of releases, which all versions write alike."""

from __future__ import annotations

from collections.abc import Iterable

from distro_sdk.ern.reading.found import FoundHeader, FoundRelease, FoundTrackRelease
from distro_sdk.ern.reading.nodes import Node, leave_all
from distro_sdk.ern.reading.values import read_moment


def read_header(root: Node) -> FoundHeader:
    """Who says it to whom, and when. The thread and the file's name belong to the exchange, not to what is told."""
    header = root.need("MessageHeader")
    header.children("MessageThreadId", "MessageFileName")
    return FoundHeader(
        message_id=header.need("MessageId").value,
        sender=_party(header.need("MessageSender")),
        recipients=tuple(_party(node) for node in header.children("MessageRecipient")),
        created_at=header.parsed(read_moment, "MessageCreatedDateTime"),
        test=header.text("MessageControlType") == "TestMessage",
    )


def release_references(releases: Iterable[FoundRelease], tracks: Iterable[FoundTrackRelease]) -> frozenset[str]:
    """The references of all releases of a message; one that stands twice is a fault."""
    declared: dict[str, FoundRelease | FoundTrackRelease] = {}
    every: list[FoundRelease | FoundTrackRelease] = [*releases, *tracks]
    for release in every:
        if declared.setdefault(release.reference, release) is not release:
            release.node.fault("ANCHOR_DOUBLED", f"the release {release.reference} is declared twice")
    return frozenset(declared)


def _party(node: Node) -> str:
    """The party id of sender or recipient; its name is told by DDEX's registry."""
    names = node.child("PartyName")
    if names is not None:
        names.children("FullName")
    node.children("TradingName")
    ids = node.children("PartyId")
    leave_all(ids[1:])
    return ids[0].value if ids else ""
