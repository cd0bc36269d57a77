"""Packages written by hand, for tests of the receiver: what a DSP expects, told without any code of the builders."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

SENDER = "PADPIDA2026010101A"
RECIPIENT = "PADPIDA2026010102B"
BATCH = "20260928120000123"
ICPN = "4006381333931"

MESSAGE = """\
<?xml version="1.0" encoding="UTF-8"?>
<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/43" ReleaseProfileVersionId="Audio"
    LanguageAndScriptCode="en" AvsVersionId="3">
  <MessageHeader>
    <MessageThreadId>{message_id}</MessageThreadId>
    <MessageId>{message_id}</MessageId>
    <MessageSender><PartyId>{sender}</PartyId></MessageSender>
    <MessageRecipient><PartyId>{recipient}</PartyId></MessageRecipient>
    <MessageCreatedDateTime>2026-09-28T12:00:00+00:00</MessageCreatedDateTime>
    <MessageControlType>LiveMessage</MessageControlType>
  </MessageHeader>
  <PartyList>
    <Party>
      <PartyReference>P1</PartyReference>
      <PartyName><FullName>Ana Luz</FullName></PartyName>
    </Party>
    <Party>
      <PartyReference>P2</PartyReference>
      <PartyName><FullName>Luz Records</FullName></PartyName>
    </Party>
  </PartyList>
  <ResourceList>
{recordings}
    <Image>
      <ResourceReference>A9</ResourceReference>
      <Type>FrontCoverImage</Type>
      <ResourceId><ProprietaryId Namespace="{sender}">{icpn}-cover</ProprietaryId></ResourceId>
      <ParentalWarningType>NotExplicit</ParentalWarningType>
      <TechnicalDetails>
        <TechnicalResourceDetailsReference>T9</TechnicalResourceDetailsReference>
        <File>
          <URI>images/{icpn}.jpg</URI>
          <HashSum><Algorithm>MD5</Algorithm><HashSumValue>{cover_md5}</HashSumValue></HashSum>
          <FileSize>{cover_size}</FileSize>
        </File>
        <IsProvidedInDelivery>{provided}</IsProvidedInDelivery>
      </TechnicalDetails>
    </Image>
  </ResourceList>
  <ReleaseList>
    <Release>
      <ReleaseReference>R0</ReleaseReference>
      <ReleaseType>Album</ReleaseType>
      <ReleaseId><ICPN>{icpn}</ICPN></ReleaseId>
      <DisplayTitleText>Ríos</DisplayTitleText>
      <DisplayTitle ApplicableTerritoryCode="Worldwide" IsDefault="true"><TitleText>Ríos</TitleText></DisplayTitle>
      <DisplayArtistName ApplicableTerritoryCode="Worldwide" IsDefault="true">Ana Luz</DisplayArtistName>
      <DisplayArtist SequenceNumber="1">
        <ArtistPartyReference>P1</ArtistPartyReference>
        <DisplayArtistRole>MainArtist</DisplayArtistRole>
      </DisplayArtist>
      <ReleaseLabelReference>P2</ReleaseLabelReference>
      <Genre><GenreText>Pop</GenreText></Genre>
      <ParentalWarningType>NotExplicit</ParentalWarningType>
      <ResourceGroup>
        <ResourceGroup ResourceGroupType="Component">
          <SequenceNumber>1</SequenceNumber>
{items}
        </ResourceGroup>
        <LinkedReleaseResourceReference LinkDescription="CoverArt">A9</LinkedReleaseResourceReference>
      </ResourceGroup>
    </Release>
  </ReleaseList>
{deals}
</ern:NewReleaseMessage>
"""

RECORDING = """\
    <SoundRecording>
      <ResourceReference>A{number}</ResourceReference>
      <Type>MusicalWorkSoundRecording</Type>
      <SoundRecordingEdition>
        <ResourceId><ISRC>{isrc}</ISRC></ResourceId>
        <PLine><Year>2026</Year><PLineText>2026 Luz Records</PLineText></PLine>
        <TechnicalDetails>
          <TechnicalResourceDetailsReference>T{number}</TechnicalResourceDetailsReference>
          <DeliveryFile>
            <Type>AudioFile</Type>
            <File>
              <URI>{uri}</URI>
              <HashSum><Algorithm>MD5</Algorithm><HashSumValue>{md5}</HashSumValue></HashSum>
              <FileSize>{size}</FileSize>
            </File>
            <IsProvidedInDelivery>{provided}</IsProvidedInDelivery>
          </DeliveryFile>
        </TechnicalDetails>
      </SoundRecordingEdition>
      <DisplayTitleText>Río {number}</DisplayTitleText>
      <DisplayTitle ApplicableTerritoryCode="Worldwide" IsDefault="true">
        <TitleText>Río {number}</TitleText>
      </DisplayTitle>
      <DisplayArtistName ApplicableTerritoryCode="Worldwide" IsDefault="true">Ana Luz</DisplayArtistName>
      <DisplayArtist SequenceNumber="1">
        <ArtistPartyReference>P1</ArtistPartyReference>
        <DisplayArtistRole>MainArtist</DisplayArtistRole>
      </DisplayArtist>
      <Duration>PT3M0S</Duration>
      <ParentalWarningType>NotExplicit</ParentalWarningType>
    </SoundRecording>"""

ITEM = """\
          <ResourceGroupContentItem>
            <SequenceNumber>{number}</SequenceNumber>
            <ReleaseResourceReference>A{number}</ReleaseResourceReference>
          </ResourceGroupContentItem>"""

DEALS = """\
  <DealList>
    <ReleaseDeal>
      <DealReleaseReference>R0</DealReleaseReference>
      <Deal>
        <DealTerms>
          <TerritoryCode>Worldwide</TerritoryCode>
          <ValidityPeriod><StartDate>2026-10-01</StartDate>{end}</ValidityPeriod>
          <CommercialModelType>SubscriptionModel</CommercialModelType>
          <UseType>OnDemandStream</UseType>
        </DealTerms>
      </Deal>
    </ReleaseDeal>
  </DealList>"""

MANIFEST = """\
<?xml version="1.0" encoding="UTF-8"?>
<c:ManifestMessage xmlns:c="http://ddex.net/xml/ern-c-sftp/18" MessageVersionId="ern-c-sftp/18" AvsVersionId="9">
  <MessageHeader>
    <MessageSender><PartyId>{sender}</PartyId></MessageSender>
    <MessageRecipient><PartyId>{recipient}</PartyId></MessageRecipient>
    <MessageCreatedDateTime>2026-09-28T12:00:00+00:00</MessageCreatedDateTime>
  </MessageHeader>
  <IsTestFlag>false</IsTestFlag>
  <RootDirectory>{batch}</RootDirectory>
  <NumberOfMessages>{count}</NumberOfMessages>
{entries}
</c:ManifestMessage>
"""

ENTRY = """\
  <MessageInBatch>
    <MessageType>NewReleaseMessage</MessageType>
    <MessageId>{message_id}</MessageId>
    <URL>./{path}</URL>
    <IncludedReleaseId><ICPN>{icpn}</ICPN></IncludedReleaseId>
    <DeliveryType>{delivery_type}</DeliveryType>
    <ProductType>AudioProduct</ProductType>
    <HashSum>
      <HashSumValue>{md5}</HashSumValue>
      <HashSumAlgorithmType>MD5</HashSumAlgorithmType>
    </HashSum>
  </MessageInBatch>"""


@dataclass
class HandMadeRelease:
    """A release of a package. `files`: audio and cover by their path beside the message."""

    message_id: str
    icpn: str = ICPN
    delivery_type: str = "NewReleaseDelivery"
    files: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.files:
            self.files = {
                f"audio/{self.icpn}_01_001.wav": b"RIFF first" * 5000,
                f"audio/{self.icpn}_01_002.wav": b"RIFF second" * 5000,
                f"images/{self.icpn}.jpg": b"\xff\xd8 cover" * 900,
            }

    @property
    def takedown(self) -> bool:
        """Whether the message takes the release down: its deal has ended and no file travels."""
        return self.delivery_type == "TakeDown"

    def message(self) -> str:
        """The message as text."""
        audio = [path for path in self.files if path.startswith("audio/")]
        cover = self.files[f"images/{self.icpn}.jpg"]
        provided = "false" if self.takedown else "true"
        recordings = [
            RECORDING.format(
                number=number,
                isrc=f"ESA01260000{number}",
                uri=path,
                md5=md5(self.files[path]),
                size=kilobytes(self.files[path]),
                provided=provided,
            )
            for number, path in enumerate(audio, 1)
        ]
        end = "<EndDate>2026-09-27</EndDate>" if self.takedown else ""
        return MESSAGE.format(
            message_id=self.message_id,
            sender=SENDER,
            recipient=RECIPIENT,
            recordings="\n".join(recordings),
            items="\n".join(ITEM.format(number=number) for number in range(1, len(audio) + 1)),
            icpn=self.icpn,
            cover_md5=md5(cover),
            cover_size=kilobytes(cover),
            provided=provided,
            deals=DEALS.format(end=end),
        )


@dataclass
class HandMadePackage:
    """A package by its paths, in the order in which they are written; change `files` to break it."""

    batch: str
    files: dict[str, bytes]

    def write(self, root: Path) -> Path:
        """Write the files below `root` and return the package's folder."""
        folder = root / self.batch
        shutil.rmtree(folder, ignore_errors=True)
        for path, content in self.files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return folder

    def replace(self, path: str, old: str, new: str) -> None:
        """Change one place in an XML file."""
        text = self.files[path].decode()
        assert text.count(old) == 1, f"{old} stands {text.count(old)} times in {path}"
        self.files[path] = text.replace(old, new).encode()

    def agree(self) -> None:
        """Let the manifest's hashes be those of the messages again, after a message was changed."""
        manifest = self.files["BatchManifest.xml"].decode()
        for path, content in self.files.items():
            if path.startswith("Release") and path.endswith(".xml"):
                before, _, after = manifest.partition(f"<URL>./{path}</URL>")
                head, tag, tail = after.partition("<HashSumValue>")
                manifest = f"{before}<URL>./{path}</URL>{head}{tag}{md5(content)}{tail[32:]}"
        self.files["BatchManifest.xml"] = manifest.encode()


def hand_made_package(releases: Sequence[HandMadeRelease] | None = None, batch: str = BATCH) -> HandMadePackage:
    """A package without any fault."""
    releases = releases or [HandMadeRelease("M1")]
    contents: dict[str, bytes] = {}
    entries = []
    for number, release in enumerate(releases, 1):
        path = f"Release{number}/{release.message_id}.xml"
        contents[path] = release.message().encode()
        if not release.takedown:
            contents |= {f"Release{number}/{name}": content for name, content in release.files.items()}
        entries.append(
            ENTRY.format(
                message_id=release.message_id,
                path=path,
                icpn=release.icpn,
                delivery_type=release.delivery_type,
                md5=md5(contents[path]),
            )
        )
    manifest = MANIFEST.format(
        sender=SENDER, recipient=RECIPIENT, batch=batch, count=len(releases), entries="\n".join(entries)
    )
    files = {"BatchManifest.xml": manifest.encode(), **contents, "BatchComplete.txt": f"{batch}\n".encode()}
    return HandMadePackage(batch, files)


def md5(content: bytes) -> str:
    """The MD5 of a content, hexadecimal."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def kilobytes(content: bytes) -> str:
    """The size of a content as a message tells it."""
    return f"{len(content) / 1000:.3f}"
