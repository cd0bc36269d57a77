"""Packages of every layout, written by hand, for tests of the receiver."""

from __future__ import annotations

from collections.abc import Sequence

from tests.receiver_packages import (
    BATCH,
    ENTRY,
    MANIFEST,
    RECIPIENT,
    SENDER,
    HandMadePackage,
    HandMadeRelease,
    md5,
)

PURGE = """\
<?xml version="1.0" encoding="UTF-8"?>
<ern:PurgeReleaseMessage xmlns:ern="http://ddex.net/xml/ern/43" LanguageAndScriptCode="en" AvsVersionId="3">
  <MessageHeader>
    <MessageThreadId>P1</MessageThreadId>
    <MessageId>P1</MessageId>
    <MessageSender><PartyId>{sender}</PartyId></MessageSender>
    <MessageRecipient><PartyId>{recipient}</PartyId></MessageRecipient>
    <MessageCreatedDateTime>2026-09-28T12:00:00+00:00</MessageCreatedDateTime>
    <MessageControlType>LiveMessage</MessageControlType>
  </MessageHeader>
  <PurgedRelease>
    <ReleaseId><ICPN>{icpn}</ICPN></ReleaseId>
    <Title><TitleText>Ríos</TitleText></Title>
  </PurgedRelease>
</ern:PurgeReleaseMessage>
"""


def ddex_batch(
    releases: Sequence[HandMadeRelease] | None = None, *, version: str = "18", letter: str = "N_", empty: bool = False
) -> HandMadePackage:
    """DDEX's batch, closed by its manifest of version `18` or `16`, or by an empty file."""
    folder = f"{letter}{BATCH}"
    files: dict[str, bytes] = {}
    entries = []
    for release in releases or [HandMadeRelease("M1")]:
        path = f"{release.icpn}/{release.icpn}.xml"
        message = moved(release, "resources/")
        files |= {f"{release.icpn}/{name}": content for name, content in resources(release, "resources/").items()}
        files[path] = message
        facts = {"message_id": release.message_id, "path": path, "icpn": release.icpn}
        entries.append(ENTRY.format(delivery_type=release.delivery_type, md5=md5(message), **facts))
    manifest = MANIFEST.format(
        sender=SENDER, recipient=RECIPIENT, batch=folder, count=len(entries), entries="\n".join(entries)
    )
    if version == "16":
        manifest = manifest.replace("ern-c-sftp/18", "ern-c-sftp/16").replace(' AvsVersionId="9"', "")
        manifest = manifest.replace("HashSumValue>", "HashSum>")
    files[f"BatchComplete_{BATCH}.xml"] = b"" if empty else manifest.encode()
    return HandMadePackage(folder, files)


def release_folder(release: HandMadeRelease | None = None) -> HandMadePackage:
    """A release in a folder of its own, its message last."""
    told = release or HandMadeRelease("M1")
    files = {**resources(told, "resources/"), f"{told.icpn}.xml": moved(told, "resources/")}
    return HandMadePackage(f"N_{told.icpn}_{BATCH}", files)


def flat_folder(releases: Sequence[HandMadeRelease] | None = None) -> HandMadePackage:
    """Releases side by side in one folder, their messages last."""
    told = releases or [HandMadeRelease("M1")]
    files = {name: content for release in told for name, content in resources(release, "").items()}
    messages = {f"{release.message_id}.xml": moved(release, "") for release in told}
    return HandMadePackage(BATCH, {**files, **messages})


def purge(icpn: str) -> bytes:
    """A PurgeReleaseMessage of ERN 4.3."""
    return PURGE.format(sender=SENDER, recipient=RECIPIENT, icpn=icpn).encode()


def moved(release: HandMadeRelease, folder: str) -> bytes:
    """The message with all its files in one folder beside it."""
    text = release.message().replace("<URI>audio/", f"<URI>{folder}").replace("<URI>images/", f"<URI>{folder}")
    return text.encode()


def resources(release: HandMadeRelease, folder: str) -> dict[str, bytes]:
    """The files of a release, all in one folder beside the message."""
    if release.takedown:
        return {}
    return {f"{folder}{path.rpartition('/')[2]}": content for path, content in release.files.items()}
