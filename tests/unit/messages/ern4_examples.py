"""Small messages of ERN 4 that keep every rule, one for each profile and variant, for tests to break."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from distro_sdk.xml import ParsedMessage, parse_message

ICPN = "4006381333931"
VERSIONS = ("ern/4.2", "ern/4.3", "ern/4.3.2")
PROFILES = (
    "Audio",
    "DjMix",
    "LongFormMusicalWorkVideo",
    "MixedMedia",
    "Ringtone",
    "SimpleAudioSingle",
    "SimpleVideoSingle",
    "Video",
)
VARIANTS = ("BoxedSet", "Classical", "BoxedSet Classical")

TITLES = (
    "<DisplayTitleText IsDefault='true'>Tide {n}</DisplayTitleText>"
    "<DisplayTitle IsDefault='true'><TitleText>Tide {n}</TitleText></DisplayTitle>"
)
ARTIST = (
    "<DisplayArtistName>Norns</DisplayArtistName><DisplayArtist SequenceNumber='1'><ArtistPartyReference>P1"
    "</ArtistPartyReference><DisplayArtistRole>MainArtist</DisplayArtistRole></DisplayArtist>"
)
FILE = (
    "<File><URI>resources/{n}.bin</URI><HashSum><Algorithm>MD5</Algorithm>"
    "<HashSumValue>d41d8cd98f00b204e9800998ecf8427e</HashSumValue></HashSum></File>"
)
RELEASE_TYPES = {
    "Audio": "Album",
    "DjMix": "DjMix",
    "LongFormMusicalWorkVideo": "LongFormMusicalWorkVideoRelease",
    "MixedMedia": "MultimediaAlbum",
    "Ringtone": "RingtoneRelease",
    "SimpleAudioSingle": "Single",
    "SimpleVideoSingle": "Single",
    "Video": "VideoAlbum",
}


@dataclass
class Example:
    """A message in the making. `version`: such as ``4.3``; `primary`: references of what stands in the groups."""

    version: str
    profile: str
    variant: str = ""
    resources: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    primary: list[str] = field(default_factory=list)
    number: int = 0

    @property
    def classical(self) -> bool:
        """Whether the variant is, or holds, Classical."""
        return "Classical" in self.variant

    def recording(
        self, kind: str = "SoundRecording", type: str = "MusicalWorkSoundRecording", extra: str = "", sheet: str = ""
    ) -> str:
        """Add a sound recording or a video. `extra`: attributes; `sheet`: its cue sheet. Gives its reference."""
        self.number += 1
        n = self.number
        ids = f"<ResourceId><ISRC>SEAYD79000{n:02}</ISRC></ResourceId>"
        technical = f"<TechnicalResourceDetailsReference>T{n}</TechnicalResourceDetailsReference>"
        file = FILE.format(n=n)
        edition = ids
        tail = f"<TechnicalDetails>{technical}{file}</TechnicalDetails>"
        if self.version != "4.2":
            deliver = f"<DeliveryFile><Type>{'AudioFile' if kind == 'SoundRecording' else 'AudioVisualFile'}</Type>"
            details = f"<TechnicalDetails>{technical}{deliver}{file}</DeliveryFile></TechnicalDetails>"
            edition, tail = f"<{kind}Edition>{ids}{details}</{kind}Edition>", ""
        mark = " ApplyClassicalProfileVariant='true'" if self.classical and self.version != "4.2" else ""
        self.resources.append(
            f"<{kind}{extra}{mark}><ResourceReference>A{n}</ResourceReference><Type>{type}</Type>{edition}"
            f"{TITLES.format(n=n)}{ARTIST}"
            "<Contributor SequenceNumber='1'><ContributorPartyReference>P1</ContributorPartyReference></Contributor>"
            "<Duration>PT3M5S</Duration>"
            f"<ParentalWarningType>NotExplicit</ParentalWarningType>{{related}}{sheet}{tail}{{chapter}}</{kind}>"
        )
        return f"A{n}"

    def image(self, type: str) -> str:
        """Add an image; gives its reference."""
        self.number += 1
        n = self.number
        self.images.append(
            f"<Image><ResourceReference>A{n}</ResourceReference><Type>{type}</Type><ResourceId>"
            f"<ProprietaryId Namespace='PADPIDA2014120301L'>I{n}</ProprietaryId></ResourceId>"
            "<ParentalWarningType>NotExplicit</ParentalWarningType><TechnicalDetails>"
            f"<TechnicalResourceDetailsReference>T{n}</TechnicalResourceDetailsReference>{FILE.format(n=n)}"
            "</TechnicalDetails></Image>"
        )
        return f"A{n}"


def ern4_message(profile: str, version: str = "ern/4.3", variant: str = "") -> ParsedMessage:
    """A message of a profile and variant. `version`: one of `VERSIONS`."""
    example = Example(version.removeprefix("ern/"), profile, variant)
    groups, chapters, cues = _fill(example)
    resources = "".join([*example.resources, *example.images])
    resources = resources.replace("{related}", "").replace("{chapter}", "")
    return parse_message(_write(example, groups, resources, chapters, cues).encode())


def _fill(example: Example) -> tuple[str, str, str]:
    """Add the resources of the profile; gives its groups, chapters and cue sheets."""
    if example.profile in {"SimpleAudioSingle", "Ringtone", "SimpleVideoSingle"}:
        video = example.profile == "SimpleVideoSingle"
        kind = ("Video", "ShortFormMusicalWorkVideo") if video else ("SoundRecording", "MusicalWorkSoundRecording")
        example.primary.append(example.recording(*kind))
        cover = example.image("VideoScreenCapture" if video else "FrontCoverImage")
        shown = " LinkDescription='VideoScreenCapture'" if video else ""
        return _item(example.primary[0], 1, link=cover, description=shown), "", ""
    if example.profile == "DjMix":
        return _fill_mix(example), "", ""
    if example.profile == "LongFormMusicalWorkVideo":
        return _fill_film(example)
    links = {}
    if example.profile in {"Audio", "MixedMedia"}:
        example.primary += [example.recording() for _ in range(4)]
    if example.profile in {"Video", "MixedMedia"}:
        films = [example.recording("Video", "ShortFormMusicalWorkVideo") for _ in range(4)]
        example.primary += films
        links = {film: example.image("VideoScreenCapture") for film in films}
    cover = example.image("FrontCoverImage")
    half = len(example.primary) // 2
    halves = (example.primary[:half], example.primary[half:])
    groups = "".join(_group(example, number, half, links) for number, half in enumerate(halves, start=1))
    return groups + _link(cover), "", ""


def _fill_mix(example: Example) -> str:
    mix = example.recording()
    parts = [example.recording(extra=" IsSupplemental='true'") for _ in range(2)]
    start = "PT10S" if example.version == "4.2" else "10"
    ties = "".join(
        "<RelatedResource><ResourceRelationshipType>HasContentFrom</ResourceRelationshipType>"
        f"<ResourceRelatedResourceReference>{part}</ResourceRelatedResourceReference>"
        f"<Timing><StartPoint>{start}</StartPoint><DurationUsed>PT30S</DurationUsed></Timing></RelatedResource>"
        for part in parts
    )
    example.resources[0] = example.resources[0].replace("{related}", ties)
    example.primary.append(mix)
    return _item(mix, 1) + _link(example.image("FrontCoverImage"))


def _fill_film(example: Example) -> tuple[str, str, str]:
    sheet = "<VideoCueSheetReference>Q1</VideoCueSheetReference>"
    chapter = "<VideoChapterReference>X1</VideoChapterReference>"
    film = example.recording("Video", "LongFormMusicalWorkVideo", sheet=sheet)
    example.resources[0] = example.resources[0].replace("{chapter}", chapter)
    example.primary.append(film)
    capture = example.image("VideoScreenCapture")
    cover = example.image("Poster")
    cues = (
        "<CueSheetList><CueSheet><CueSheetReference>Q1</CueSheetReference><CueSheetType>StandardCueSheet"
        "</CueSheetType><Cue><ResourceId><ISRC>SEAYD7900199</ISRC></ResourceId><Contributor SequenceNumber='1'>"
        "<ContributorPartyReference>P1</ContributorPartyReference></Contributor>"
        "<PLine><PLineText>2026 Nod</PLineText></PLine><StartTime>PT1S</StartTime></Cue></CueSheet></CueSheetList>"
    )
    own = " Namespace='PADPIDA2014120301L'"
    id = f"<ProprietaryId{own}>C1</ProprietaryId>" if example.version == "4.3.2" else "C1"
    chapters = (
        "<ChapterList><Chapter><ChapterReference>X1</ChapterReference>"
        f"<ChapterId{'' if example.version == '4.3.2' else own}>{id}</ChapterId>"
        f"<RepresentativeImageReference>{capture}</RepresentativeImageReference>"
        "<StartTime>PT0S</StartTime></Chapter></ChapterList>"
    )
    shown = " LinkDescription='VideoScreenCapture'"
    return _item(film, 1, link=capture, description=shown) + _link(cover), chapters, cues


def _group(example: Example, number: int, members: Iterable[str], links: dict[str, str]) -> str:
    items = "".join(
        _item(member, place, link=links.get(member, ""), description=" LinkDescription='VideoScreenCapture'")
        for place, member in enumerate(members, start=1)
    )
    boxed = example.variant.startswith("BoxedSet")
    kind = "ReleaseComponent" if boxed else "MultiWorkPart" if example.variant else "Component"
    component = f"<ReleaseId><ICPN>{('4006381333962', '0094631432057')[number - 1]}</ICPN></ReleaseId>" if boxed else ""
    titles = _titles(example, number)
    if example.variant == "BoxedSet Classical":
        items = (
            f"<ResourceGroup ResourceGroupType='MultiWorkPart'>{titles}<SequenceNumber>1</SequenceNumber>"
            f"{items}</ResourceGroup>"
        )
    return (
        f"<ResourceGroup ResourceGroupType='{kind}'>{titles}<SequenceNumber>{number}</SequenceNumber>"
        f"{component}{items}</ResourceGroup>"
    )


def _titles(example: Example, number: int) -> str:
    if not example.classical:
        return ""
    title = f"<TitleText>Work {number}</TitleText>"
    if example.version == "4.3.2":
        formal = f"<FormalTitle>{title}</FormalTitle>"
    else:
        formal = f"<AdditionalTitle TitleType='FormalTitle'>{title}</AdditionalTitle>"
    return f"<DisplayTitleText>Work {number}</DisplayTitleText><DisplayTitle>{title}</DisplayTitle>{formal}"


def _item(reference: str, number: int, *, link: str = "", description: str = "") -> str:
    return (
        f"<ResourceGroupContentItem><SequenceNumber>{number}</SequenceNumber>"
        f"<ReleaseResourceReference>{reference}</ReleaseResourceReference>{_link(link, description) if link else ''}"
        "</ResourceGroupContentItem>"
    )


def _link(reference: str, description: str = "") -> str:
    return f"<LinkedReleaseResourceReference{description}>{reference}</LinkedReleaseResourceReference>"


def _write(example: Example, groups: str, resources: str, chapters: str, cues: str) -> str:
    tracked = example.profile in {"Audio", "Video", "MixedMedia"}
    tracks = example.primary if tracked else []
    genre = "DisplayGenre" if example.version == "4.3.2" else "Genre"
    genres = f"<{genre}><GenreText>Pop</GenreText></{genre}>"
    label = "<ReleaseLabelReference>P2</ReleaseLabelReference>"
    track_releases = "".join(
        f"<TrackRelease><ReleaseReference>R{n}</ReleaseReference><ReleaseId><ProprietaryId "
        f"Namespace='PADPIDA2014120301L'>{ICPN}_{n}</ProprietaryId></ReleaseId>"
        f"<ReleaseResourceReference>{reference}</ReleaseResourceReference>{label}{genres}</TrackRelease>"
        for n, reference in enumerate(tracks, start=1)
    )
    dealt = "".join(f"<DealReleaseReference>R{n}</DealReleaseReference>" for n in range(len(tracks) + 1))
    related = (
        "<RelatedRelease><ReleaseRelationshipType>IsReleaseFromRelease</ReleaseRelationshipType><ReleaseId>"
        "<ICPN>4006381333962</ICPN></ReleaseId></RelatedRelease>"
    )
    root = example.version.replace(".", "")
    avs = "" if example.version == "4.2" else " AvsVersionId='3'"
    variant = f" ReleaseProfileVariantVersionId='{example.variant}'" if example.variant else ""
    return f"""<e:NewReleaseMessage xmlns:e="http://ddex.net/xml/ern/{root}" LanguageAndScriptCode="en"{avs}
 ReleaseProfileVersionId="{example.profile}"{variant}><MessageHeader><MessageThreadId>1</MessageThreadId>
<MessageId>1</MessageId>
<MessageSender><PartyId>PADPIDA2014120301L</PartyId></MessageSender>
<MessageRecipient><PartyId>PADPIDA2013020802I</PartyId></MessageRecipient>
<MessageCreatedDateTime>2026-11-21T09:30:00Z</MessageCreatedDateTime>
<MessageControlType>LiveMessage</MessageControlType></MessageHeader>
<PartyList><Party><PartyReference>P1</PartyReference><PartyName><FullName>Norns</FullName></PartyName>
<PartyId><ISNI>0000000121032683</ISNI><IpiNameNumber>00014107338</IpiNameNumber></PartyId></Party>
<Party><PartyReference>P2</PartyReference><PartyName><FullName>Nod</FullName></PartyName></Party></PartyList>
{cues}<ResourceList>{resources}</ResourceList>{chapters}
<ReleaseList><Release><ReleaseReference>R0</ReleaseReference>
<ReleaseType>{RELEASE_TYPES[example.profile]}</ReleaseType><ReleaseId><ICPN>{ICPN}</ICPN></ReleaseId>
{TITLES.format(n=0)}{ARTIST}{label}
<PLine><Year>2026</Year><PLineText>2026 Nod</PLineText></PLine>
<CLine><Year>2026</Year><CLineText>2026 Nod</CLineText></CLine>{genres}
<ReleaseDate>2026-12-04</ReleaseDate><ParentalWarningType>NotExplicit</ParentalWarningType>{related}
<ResourceGroup>{groups}</ResourceGroup></Release>
{track_releases}</ReleaseList>
<DealList><ReleaseDeal>{dealt}<Deal><DealTerms><TerritoryCode>Worldwide</TerritoryCode>
<ValidityPeriod><StartDate>2026-12-04</StartDate></ValidityPeriod>
<CommercialModelType>SubscriptionModel</CommercialModelType><UseType>OnDemandStream</UseType>
</DealTerms></Deal></ReleaseDeal></DealList></e:NewReleaseMessage>"""


def ern4_purge(version: str = "ern/4.3") -> ParsedMessage:
    """A message that asks to forget a release."""
    number = version.removeprefix("ern/").replace(".", "")
    avs = "" if number == "42" else " AvsVersionId='3'"
    return parse_message(
        f"""<e:PurgeReleaseMessage xmlns:e="http://ddex.net/xml/ern/{number}" LanguageAndScriptCode="en"{avs}>
<MessageHeader><MessageThreadId>1</MessageThreadId><MessageId>1</MessageId>
<MessageSender><PartyId>PADPIDA2014120301L</PartyId></MessageSender>
<MessageRecipient><PartyId>PADPIDA2013020802I</PartyId></MessageRecipient>
<MessageCreatedDateTime>2026-11-21T09:30:00Z</MessageCreatedDateTime></MessageHeader>
<PurgedRelease><ReleaseId><ICPN>{ICPN}</ICPN></ReleaseId></PurgedRelease></e:PurgeReleaseMessage>""".encode()
    )
