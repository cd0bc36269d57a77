"""Rules of the release profiles Audio and SimpleAudioSingle (DDEX RP 2.1, rules 1045 to 1059 and 1350 to 1363)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lxml.etree import _Element

from distro_sdk.ern.findings import finding, primary_resources, tag_of
from distro_sdk.models.validation import Severity, ValidationIssue
from distro_sdk.xml import ParsedMessage

WORKS = frozenset({"MusicalWorkSoundRecording", "NonMusicalWorkSoundRecording"})
BONUS_ONLY = ("Text", "SheetMusic", "Software")
SINGLE_TYPES = frozenset({"KaraokeRelease", "Playlist", "Single", "SingleResourceRelease", "UserDefined"})
AUDIO_TYPES = frozenset(
    {
        "Album", "Bundle", "ClassicalAlbum", "ClassicalDigitalBoxedSet", "DigitalBoxSetRelease", "Documentary",
        "EBookRelease", "EP", "Episode", "KaraokeRelease", "MaxiSingle", "MiniAlbum", "Playlist", "Season", "Series",
        "Single", "StemBundle", "UserDefined",
    }
)  # fmt: skip
CONTROLLER_PARTS = ("Territory", "RightsControllerRole", "RightSharePercentage", "StartDate", "EndDate")


def check_isrcs(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """5.3.1.4(1): every primary recording and video has an ISRC."""
    for resource in primary_resources(message):
        if not any((isrc.text or "").strip() for isrc in resource.iterfind("*/ResourceId/ISRC")):
            text = f"the {tag_of(resource)} has no ISRC"
            yield finding("RECORDING_ISRC_MISSING", text, resource, clause="RP 2.1, 5.3.1.4(1)")


def check_audio_resources(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """1052: at least one recording of a work; 1053 and 1057: one front cover, linked from the top group."""
    if not any(element.text in WORKS for element in message.root.iterfind("ResourceList/SoundRecording/Type")):
        text = "there is no sound recording of a musical or non-musical work"
        yield finding("RECORDING_COUNT", text, message.root, clause="RP 2.1, 5.1.2(a)")
    covers = message.root.findall("ResourceList/Image[Type='FrontCoverImage']")
    if len(covers) != 1:
        text = f"there are {len(covers)} front covers instead of one"
        yield finding("FRONT_COVER_COUNT", text, message.root, clause="RP 2.1, 5.1.2(b)")
    linked = _texts(message, "ReleaseList/Release/ResourceGroup/LinkedReleaseResourceReference")
    for cover in covers:
        if cover.findtext("ResourceReference") not in linked:
            text = "the front cover is not linked from the release's top group"
            yield finding("FRONT_COVER_NOT_LINKED", text, cover, clause="RP 2.1, 5.3.1.2(5.8)")


def check_bonus_resources(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """5.1.2(c): texts, sheet music and software are bonus resources; 5.3.1.4(2b): a bonus has a ProprietaryId."""
    bonus = {
        item.findtext("ReleaseResourceReference")
        for item in message.root.iter("ResourceGroupContentItem")
        if item.findtext("IsBonusResource") == "true"
    }
    for name in BONUS_ONLY:
        for resource in message.root.findall(f"ResourceList/{name}"):
            if resource.findtext("ResourceReference") not in bonus:
                text = f"the {name} is not marked as a bonus resource"
                yield finding("BONUS_NOT_MARKED", text, resource, clause="RP 2.1, 5.1.2(c)")
    for resource in message.root.findall("ResourceList/*"):
        if resource.findtext("ResourceReference") in bonus and resource.find(".//ResourceId/ProprietaryId") is None:
            text = f"the bonus {tag_of(resource)} has no ProprietaryId"
            yield finding("BONUS_ID_MISSING", text, resource, clause="RP 2.1, 5.3.1.4(2b)")


def check_track_releases(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """1045 to 1049: exactly one track release per primary resource, of nothing else, without redundant titles."""
    tracks = message.root.findall("ReleaseList/TrackRelease")
    told = Counter(track.findtext("ReleaseResourceReference") for track in tracks)
    primary = {resource.findtext("ResourceReference"): resource for resource in primary_resources(message)}
    for reference, resource in primary.items():
        if told[reference] != 1:
            text = f"the {tag_of(resource)} has {told[reference]} track releases instead of one"
            yield finding("TRACK_RELEASE_COUNT", text, resource, clause="RP 2.1, 5.1.1(b)")
    for track in tracks:
        recording = primary.get(track.findtext("ReleaseResourceReference"))
        if recording is None:
            text = "the track release does not refer to a primary resource"
            yield finding("TRACK_RELEASE_SECONDARY", text, track, clause="RP 2.1, 5.6(2)")
        else:
            yield from _check_titles(track, recording)
    ids = Counter(element.text for track in tracks for element in track.iterfind("ReleaseId/ProprietaryId"))
    for track in tracks:
        for element in track.iterfind("ReleaseId/ProprietaryId"):
            if ids[element.text] > 1:
                text = f"{element.text} identifies {ids[element.text]} track releases"
                clause = "RP 2.3.1, 7.3"
                yield finding("TRACK_RELEASE_ID_DOUBLED", text, element, clause=clause, severity=Severity.WARNING)


def _check_titles(track: _Element, recording: _Element) -> Iterator[ValidationIssue]:
    for name in ("DisplayTitleText", "DisplayTitle", "AdditionalTitle"):
        known = {_content(title) for title in recording.findall(name)}
        for title in track.findall(name):
            if _content(title) in known:
                text = f"the track release repeats the {name} of its recording"
                yield finding("TITLE_REDUNDANT", text, title, clause="RP 2.1, 5.6(4)")


def check_single_resources(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """1350 to 1356: one recording of a work, at most one image, a front cover; nothing else."""
    for track in message.root.findall("ReleaseList/TrackRelease"):
        text = "SimpleAudioSingle has no track releases"
        yield finding("TRACK_RELEASE_FORBIDDEN", text, track, clause="RP 2.1, 5.1.1(b)")
    recordings = message.root.findall("ResourceList/SoundRecording")
    if len(recordings) != 1:
        text = f"there are {len(recordings)} sound recordings instead of one"
        yield finding("RECORDING_COUNT", text, message.root, clause="RP 2.1, 5.1.2(a)")
    for recording in recordings:
        if recording.findtext("Type") not in WORKS:
            text = "SimpleAudioSingle carries recordings of musical and non-musical works only"
            yield finding("RECORDING_TYPE_UNFIT", text, recording, clause="RP 2.1, 5.1.2(b)")
    images = message.root.findall("ResourceList/Image")
    for place, image in enumerate(images):
        if place > 0 or image.findtext("Type") != "FrontCoverImage":
            text = "SimpleAudioSingle carries one image at most, a front cover"
            yield finding("IMAGE_FORBIDDEN", text, image, clause="RP 2.1, 5.1.2(c) and (d)")
    for name in (*BONUS_ONLY, "Video"):
        for resource in message.root.findall(f"ResourceList/{name}"):
            text = f"SimpleAudioSingle carries no {name}"
            yield finding("RESOURCE_FORBIDDEN", text, resource, clause="RP 2.1, 5.1.2(f)")


def check_single_group(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """1355 and 1359 to 1362: one group with one item, the recording, from which the image is linked; no bonus."""
    top = message.root.find("ReleaseList/Release/ResourceGroup")
    if top is None:
        return
    items = list(top.iter("ResourceGroupContentItem"))
    if len(items) != 1 or top.find("ResourceGroup") is not None:
        text = f"there are {len(items)} items in the groups instead of one in one group"
        yield finding("SINGLE_ITEM_COUNT", text, top, clause="RP 2.1, 5.4.1(1) and (2)")
    recordings = _texts(message, "ResourceList/SoundRecording/ResourceReference")
    for item in items:
        if item.findtext("ReleaseResourceReference") not in recordings:
            text = "the item does not refer to the sound recording"
            yield finding("SINGLE_ITEM_UNFIT", text, item, clause="RP 2.1, 5.4.1(3.1)")
        if item.findtext("IsBonusResource") == "true":
            text = "SimpleAudioSingle has no bonus resources"
            yield finding("BONUS_FORBIDDEN", text, item, clause="RP 2.1, 5.1.2(e)")
    linked = {element.text for item in items for element in item.findall("LinkedReleaseResourceReference")}
    for image in message.root.findall("ResourceList/Image"):
        if image.findtext("ResourceReference") not in linked:
            text = "the image is not linked from the item of the sound recording"
            yield finding("FRONT_COVER_NOT_LINKED", text, image, clause="RP 2.1, 5.4.1(3.2)")


def check_controllers(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """1363: who claims rights in a simple single says where, as what, how much and for how long."""
    for controller in message.root.iter("ResourceRightsController"):
        absent = [name for name in CONTROLLER_PARTS if controller.find(f".//{name}") is None]
        if absent:
            text, clause = f"the rights controller does not say {', '.join(absent)}", "RP 2.1, 5.4.1(4)"
            yield finding("CONTROLLER_INCOMPLETE", text, controller, clause=clause, severity=Severity.WARNING)


def check_audio_type(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """1055: types of an audio release."""
    yield from _check_types(message, AUDIO_TYPES)


def check_single_type(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """1357: types of a simple single."""
    yield from _check_types(message, SINGLE_TYPES)


def _check_types(message: ParsedMessage, usual: frozenset[str]) -> Iterator[ValidationIssue]:
    types = message.root.findall("ReleaseList/Release/ReleaseType")
    if types and not any(element.text in usual for element in types):
        text, clause = f"the release type {types[0].text} is unusual for the profile", "RP 2.1, 5.1.3"
        yield finding("RELEASE_TYPE_UNUSUAL", text, types[0], clause=clause, severity=Severity.WARNING)


def _texts(message: ParsedMessage, path: str) -> set[str | None]:
    return {element.text for element in message.root.findall(path)}


def _content(element: _Element) -> str:
    return " ".join("".join(element.itertext()).split())
