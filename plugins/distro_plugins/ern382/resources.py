"""ResourceList: sound recordings, videos, images, texts, in the order that the schema wants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml.etree import Element, SubElement, _Element

from distro_plugins.ern382.context import Context
from distro_plugins.ern382.contributors import add_contributors
from distro_plugins.ern382.cues import cue_sheet_reference
from distro_plugins.ern382.elements import (
    add_artists,
    add_genre,
    add_own_value,
    add_reference_title,
    add_territories,
    add_title,
    add_titles,
)
from distro_plugins.ern382.files import (
    add_companion_details,
    add_image_details,
    add_sound_details,
    add_text_details,
    add_video_details,
)
from distro_plugins.ern382.languages import performance_language
from distro_sdk.ern.elements import add, add_flag, add_line, duration
from distro_sdk.models.catalogue import ImageType
from distro_sdk.models.message import CompanionFile
from distro_sdk.models.planned_resources import (
    PlannedImage,
    PlannedRecording,
    PlannedSoundRecording,
    PlannedText,
    PlannedVideo,
)

IMAGE_TYPES: Final = {
    ImageType.FRONT_COVER: "FrontCoverImage",
    ImageType.BACK_COVER: "BackCoverImage",
    ImageType.BOOKLET: "BookletFrontImage",
    ImageType.ARTIST: "Photograph",
    ImageType.LABEL: "Logo",
    ImageType.SCREEN_CAPTURE: "VideoScreenCapture",
}
COMPANION_TYPES: Final = {"mead": "MeadMessage"}
"""How a message that travels beside is called as a Text resource, by the family of its format (MEAD, 6.2)."""


def resource_elements(context: Context) -> Iterator[_Element]:
    """Every resource."""
    plan = context.plan
    yield from (_sound_recording(recording, context) for recording in plan.sound_recordings)
    yield from (_video(video, context) for video in plan.videos)
    yield from (_image(image, context) for image in plan.images)
    yield from (_text(text, context) for text in plan.texts)
    for number, companion in enumerate(plan.companions, start=1):
        yield _companion(companion, number, context)


def companion_reference(number: int) -> str:
    """The anchor of the companion of that number, from 1: none that a plan gives."""
    return f"AC{number}"


def _sound_recording(recording: PlannedSoundRecording, context: Context) -> _Element:
    element = Element("SoundRecording")
    add(element, "SoundRecordingType", "MusicalWorkSoundRecording")
    add(SubElement(element, "SoundRecordingId"), "ISRC", recording.isrc)
    _add_work(element, "IndirectSoundRecordingId", recording)
    add(element, "ResourceReference", recording.reference)
    add_reference_title(element, recording.title, recording.version)
    add_flag(element, "IsInstrumental", recording.instrumental)
    if recording.language and not recording.instrumental:
        add(element, "LanguageOfPerformance", performance_language(recording.language))
    add(element, "Duration", duration(recording.duration))
    details = SubElement(element, "SoundRecordingDetailsByTerritory")
    _add_details(details, recording, context)
    add_sound_details(details, recording, context.plan)
    return element


def _video(video: PlannedVideo, context: Context) -> _Element:
    element = Element("Video")
    add(element, "VideoType", video.type)
    add(SubElement(element, "VideoId"), "ISRC", video.isrc)
    _add_work(element, "IndirectVideoId", video)
    add(element, "ResourceReference", video.reference)
    if video.cues:
        sheet = SubElement(element, "VideoCueSheetReference")
        add(sheet, "VideoCueSheetReference", cue_sheet_reference(video))
    add_reference_title(element, video.title, video.version)
    if video.language:
        add(element, "LanguageOfPerformance", performance_language(video.language))
    add(element, "Duration", duration(video.duration))
    details = SubElement(element, "VideoDetailsByTerritory")
    _add_details(details, video, context)
    if video.c_line:
        add_line(details, "CLine", video.c_line)
    add_video_details(details, video, context.plan)
    return element


def _add_work(element: _Element, name: str, recording: PlannedRecording) -> None:
    work = recording.work
    if work is None or not (work.iswc or work.opus_number or work.composer_catalog_number):
        return
    entry = SubElement(element, name)
    if work.iswc:
        add(entry, "ISWC", work.iswc)
    if work.opus_number:
        add(entry, "OpusNumber", work.opus_number)
    if work.composer_catalog_number:
        add(entry, "ComposerCatalogNumber", work.composer_catalog_number)


def _add_details(details: _Element, recording: PlannedRecording, context: Context) -> None:
    """What holds everywhere; the artist's name as displayed only where the release has another (RP 1.4, 4.3(16))."""
    add_territories(details)
    add_titles(details, recording.title, recording.version, recording.translations, recording.formal_title)
    if work := context.works.get(recording.reference):
        add_title(details, "GroupingTitle", work)
    add_artists(details, recording.artists, context.parties)
    add_contributors(details, recording.contributors, context)
    if recording.display_artist != context.plan.release.display_artist:
        add(details, "DisplayArtistName", recording.display_artist)
    if recording.first_publication_date:
        add(details, "OriginalResourceReleaseDate", recording.first_publication_date.isoformat())
    if recording.p_line:
        add_line(details, "PLine", recording.p_line)
    add_genre(details, context.genres.get(recording.reference, context.plan.release.genre))
    add(details, "ParentalWarningType", recording.parental_warning)


def _image(image: PlannedImage, context: Context) -> _Element:
    element = Element("Image")
    add(element, "ImageType", IMAGE_TYPES[image.type])
    add(SubElement(element, "ImageId"), "ProprietaryId", image.proprietary_id, {"Namespace": context.namespace})
    add(element, "ResourceReference", image.reference)
    details = SubElement(element, "ImageDetailsByTerritory")
    add_territories(details)
    add(details, "ParentalWarningType", image.parental_warning)
    add_image_details(details, image, context.plan)
    return element


def _text(text: PlannedText, context: Context) -> _Element:
    element = Element("Text")
    add(element, "TextType", "NonInteractiveBooklet")
    add(SubElement(element, "TextId"), "ProprietaryId", text.proprietary_id, {"Namespace": context.namespace})
    add(element, "ResourceReference", text.reference)
    add_title(element, "DisplayTitle", text.title)
    details = SubElement(element, "TextDetailsByTerritory")
    add_territories(details)
    add(details, "ParentalWarningType", text.parental_warning)
    add_text_details(details, text, context.plan)
    return element


def _companion(companion: CompanionFile, number: int, context: Context) -> _Element:
    element = Element("Text")
    family = companion.format.partition("/")[0]
    add_own_value(element, "TextType", COMPANION_TYPES[family], context.namespace)
    identity = f"{context.plan.release.icpn}_{COMPANION_TYPES[family]}"
    add(SubElement(element, "TextId"), "ProprietaryId", identity, {"Namespace": context.namespace})
    reference = companion_reference(number)
    add(element, "ResourceReference", reference)
    details = SubElement(element, "TextDetailsByTerritory")
    add_territories(details)
    add_companion_details(details, f"T{reference[1:]}", companion.file, context.plan)
    return element
