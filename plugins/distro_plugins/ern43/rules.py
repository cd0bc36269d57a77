"""Business rules beyond the schema: DDEX's release profiles for Audio and SimpleAudioSingle, and our own.

Each rule has a code of its own; clauses are those of DDEX Release Profile 2.1 and 2.3.1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from lxml.etree import _Element

from distro_plugins.ern43.findings import finding
from distro_plugins.ern43.identifiers import check_identifiers
from distro_plugins.ern43.references import check_references
from distro_sdk.models.validation import Severity, ValidationIssue, ValidationStage
from distro_sdk.xml import ParsedMessage

Rule = Callable[[ParsedMessage], Iterator[ValidationIssue]]

PROFILES = ("Audio", "SimpleAudioSingle")
RELEASE_TYPES = {
    "Audio": {
        "Album", "Bundle", "ClassicalAlbum", "ClassicalDigitalBoxedSet", "DigitalBoxSetRelease", "Documentary",
        "EBookRelease", "EP", "Episode", "KaraokeRelease", "MaxiSingle", "MiniAlbum", "Playlist", "Season", "Series",
        "Single", "StemBundle", "UserDefined",
    },
    "SimpleAudioSingle": {"KaraokeRelease", "Playlist", "Single", "SingleResourceRelease", "UserDefined"},
}  # fmt: skip


class Ern43Rules:
    """Judges ERN 4.3 messages in the business rules stage."""

    name = "ern43-rules"
    stage = ValidationStage.BUSINESS_RULES
    formats = frozenset({"ern/4.3"})

    def validate(self, message: ParsedMessage) -> list[ValidationIssue]:
        """Every finding, rule by rule."""
        if message.name != "NewReleaseMessage":
            return [finding("MESSAGE_TYPE_UNSUPPORTED", f"{message.name} has no rules here", message.root)]
        return [issue for rule in RULES for issue in rule(message)]


def _check_profile(message: ParsedMessage) -> Iterator[ValidationIssue]:
    profile = message.root.get("ReleaseProfileVersionId")
    if profile not in PROFILES:
        yield finding("PROFILE_UNKNOWN", f"the profile {profile} is not one of {', '.join(PROFILES)}", message.root)
        return
    for element in message.root.findall("ReleaseList/Release/ReleaseType"):
        if element.text not in RELEASE_TYPES[profile]:
            text = f"the release type {element.text} is unusual for {profile}"
            yield finding("RELEASE_TYPE_UNUSUAL", text, element, Severity.WARNING)


def _check_header(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Rules X-6 and X-11: an id, a moment with its zone, a control type that exists."""
    header = message.root.find("MessageHeader")
    if header is None:
        yield finding("HEADER_MISSING", "there is no MessageHeader", message.root)
        return
    created = header.find("MessageCreatedDateTime")
    moment = (created.text or "") if created is not None else ""
    if created is not None and not (moment.endswith("Z") or moment[-6:-5] in {"+", "-"}):
        yield finding("ZONE_MISSING", f"MessageCreatedDateTime {moment} has no zone", created)
    control = header.find("MessageControlType")
    if control is not None and control.text not in {"LiveMessage", "TestMessage"}:
        yield finding("CONTROL_TYPE_UNKNOWN", f"{control.text} is no message control type", control)
    identity = header.findtext("MessageId") or ""
    if not identity.strip():
        yield finding("MESSAGE_ID_MISSING", "the message has no id", header)


def _check_main_release(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Offset 0: exactly one Release; offset 25: it is identified."""
    releases = message.root.findall("ReleaseList/Release")
    if len(releases) != 1:
        yield finding("MAIN_RELEASE_COUNT", f"there are {len(releases)} main releases instead of one", message.root)
    for release in releases:
        identity = release.find("ReleaseId")
        if identity is None or not {"GRid", "ICPN", "ProprietaryId"} & {str(child.tag) for child in identity}:
            yield finding("RELEASE_ID_MISSING", "the release has no GRid, ICPN or ProprietaryId", release)


def _check_track_releases(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """5.1.1(b): one per sound recording in Audio, none in SimpleAudioSingle (F 1350)."""
    tracks = message.root.findall("ReleaseList/TrackRelease")
    if _profile(message) == "SimpleAudioSingle":
        for track in tracks:
            yield finding("TRACK_RELEASE_FORBIDDEN", "SimpleAudioSingle has no track releases", track)
        return
    told = Counter(track.findtext("ReleaseResourceReference") for track in tracks)
    for recording in message.root.findall("ResourceList/SoundRecording"):
        times = told[recording.findtext("ResourceReference")]
        if times != 1:
            yield finding("TRACK_RELEASE_COUNT", f"the recording has {times} track releases instead of one", recording)


def _check_recordings(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """F 1052, F 1351: sound recordings by profile, each with an ISRC."""
    recordings = message.root.findall("ResourceList/SoundRecording")
    simple = _profile(message) == "SimpleAudioSingle"
    if not recordings or (simple and len(recordings) != 1):
        text = f"there are {len(recordings)} sound recordings; {'one is' if simple else 'at least one is'} needed"
        yield finding("RECORDING_COUNT", text, message.root)
    for recording in recordings:
        if recording.find("SoundRecordingEdition/ResourceId/ISRC") is None:
            yield finding("RECORDING_ISRC_MISSING", "the sound recording has no ISRC", recording)
        if recording.findtext("Type") not in {"MusicalWorkSoundRecording", "NonMusicalWorkSoundRecording"}:
            yield finding("RECORDING_TYPE_UNFIT", "the profile carries musical and non-musical works only", recording)


def _check_images(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """F 1053, E 1057, F 1353, F 1362; offset 29: images have proprietary ids."""
    images = message.root.findall("ResourceList/Image")
    covers = [image for image in images if image.findtext("Type") == "FrontCoverImage"]
    simple = _profile(message) == "SimpleAudioSingle"
    if len(covers) != 1 and not (simple and not images):
        yield finding("FRONT_COVER_COUNT", f"there are {len(covers)} front covers instead of one", message.root)
    if simple and len(images) > 1:
        yield finding("IMAGE_FORBIDDEN", "SimpleAudioSingle carries one image at most", images[1])
    where = "ResourceGroupContentItem/" if simple else ""
    linked = {
        element.text
        for element in message.root.findall(f"ReleaseList/Release/ResourceGroup/{where}LinkedReleaseResourceReference")
    }
    for cover in covers:
        if cover.findtext("ResourceReference") not in linked:
            yield finding("FRONT_COVER_NOT_LINKED", "the front cover is not linked from the release", cover)
    for image in images:
        if image.find("ResourceId/ProprietaryId[@Namespace]") is None:
            yield finding("IMAGE_ID_MISSING", "the image has no ProprietaryId with a namespace", image)


def _check_sequences(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Offsets 16 and 19 to 22: artists, groups and items are numbered, each number once."""
    for artist in message.root.iter("DisplayArtist"):
        if artist.get("SequenceNumber") is None:
            yield finding("ARTIST_SEQUENCE_MISSING", "the display artist has no SequenceNumber", artist)
    for group in message.root.iter("ResourceGroup"):
        members = [*group.findall("ResourceGroup"), *group.findall("ResourceGroupContentItem")]
        numbers = Counter(member.findtext("SequenceNumber") for member in members)
        for member in members:
            number = member.findtext("SequenceNumber")
            if number is None:
                yield finding("GROUP_SEQUENCE_MISSING", "the member of a group has no SequenceNumber", member)
            elif numbers[number] > 1:
                yield finding("GROUP_SEQUENCE_DOUBLED", f"the sequence number {number} stands more than once", member)


def _check_contributors(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Offset 30: one Contributor per party, with all its roles."""
    for resource in message.root.findall("ResourceList/*"):
        entries = resource.findall("Contributor")
        times = Counter(entry.findtext("ContributorPartyReference") for entry in entries)
        for entry in entries:
            party = entry.findtext("ContributorPartyReference")
            if times[party] > 1:
                yield finding("CONTRIBUTOR_DOUBLED", f"{party} contributes {times[party]} times", entry)


def _check_defaults(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Offset 14: among sisters of one name, one default only."""
    for parent in message.root.iter("SoundRecording", "Release", "Image"):
        defaults = Counter(str(child.tag) for child in parent if child.get("IsDefault") == "true")
        for child in parent:
            if child.get("IsDefault") == "true" and defaults[str(child.tag)] > 1:
                yield finding("DEFAULT_DOUBLED", f"{child.tag!s} has several defaults", child)


def _check_user_defined(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Rule X-10: a value of one's own comes with its namespace, and only where the value is UserDefined."""
    for element in message.root.iter():
        own = element.get("UserDefinedValue") if isinstance(element.tag, str) else None
        if own is not None and (element.text != "UserDefined" or element.get("Namespace") is None):
            yield finding("USER_DEFINED_UNFIT", "UserDefinedValue needs the value UserDefined and a Namespace", element)


def _check_deals(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Rule X-4: where there are deals, every release that is told has one; Worldwide stands alone."""
    deals = message.root.find("DealList")
    if deals is None:
        return
    dealt = {element.text for element in deals.iter("DealReleaseReference")}
    for release in message.root.findall("ReleaseList/*"):
        reference = release.findtext("ReleaseReference")
        if reference not in dealt:
            yield finding("DEAL_MISSING", f"no deal speaks of {reference}", release, Severity.WARNING)
    for terms in deals.iter("DealTerms"):
        codes = [element.text for element in (*terms.findall("TerritoryCode"), *terms.findall("ExcludedTerritoryCode"))]
        if "Worldwide" in codes and len(codes) > 1:
            yield finding("WORLDWIDE_NOT_ALONE", "Worldwide cannot be combined with other territories", terms)
        yield from _check_period(terms)


def _check_period(terms: _Element) -> Iterator[ValidationIssue]:
    for period in terms.findall("ValidityPeriod"):
        start, end = period.findtext("StartDate"), period.findtext("EndDate")
        if start and end and end < start:
            yield finding("PERIOD_REVERSED", f"the period ends ({end}) before it starts ({start})", period)


def _check_hashes(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Row AST-07: every file that travels has its hash."""
    for file in message.root.iter("File"):
        holder = file.getparent()
        travels = holder is None or holder.findtext("IsProvidedInDelivery") != "false"
        if travels and not (file.findtext("HashSum/HashSumValue") or "").strip():
            text = f"the file {file.findtext('URI')} has no hash"
            yield finding("FILE_HASH_MISSING", text, file, Severity.WARNING)


def _profile(message: ParsedMessage) -> str:
    return message.root.get("ReleaseProfileVersionId") or ""


RULES: tuple[Rule, ...] = (
    _check_header,
    _check_profile,
    check_references,
    check_identifiers,
    _check_main_release,
    _check_track_releases,
    _check_recordings,
    _check_images,
    _check_sequences,
    _check_contributors,
    _check_defaults,
    _check_user_defined,
    _check_deals,
    _check_hashes,
)
