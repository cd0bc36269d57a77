"""ResourceList: sound recordings, videos, images, texts, in the order that the schema wants."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import Element, SubElement, _Element

from distro_sdk.ern4.writing.credits import add_artists, add_contributors
from distro_sdk.ern4.writing.cues import cue_sheet_references
from distro_sdk.ern4.writing.dialect import Writing
from distro_sdk.ern4.writing.elements import add, add_titles, duration
from distro_sdk.ern4.writing.files import add_extent, add_file
from distro_sdk.ern4.writing.vocabulary import IMAGE_CODECS, IMAGE_TYPES
from distro_sdk.models.catalogue import VideoType
from distro_sdk.models.planned_resources import (
    PlannedImage,
    PlannedRecording,
    PlannedSoundRecording,
    PlannedText,
    PlannedVideo,
    PlannedWork,
)

CLASSICAL = {"ApplyClassicalProfileVariant": "true"}
NO_CUE_SHEET = "No cue sheet was supplied"


def resource_elements(writing: Writing) -> Iterator[_Element]:
    """Every resource, one after the other."""
    plan = writing.plan
    for recording in plan.sound_recordings:
        yield _sound_recording(recording, writing)
    sheets = cue_sheet_references(plan)
    for video in plan.videos:
        yield _video(video, sheets.get(video.reference), writing)
    for image in plan.images:
        yield _image(image, writing)
    for text in plan.texts:
        yield _text(text, writing)


def _sound_recording(recording: PlannedSoundRecording, writing: Writing) -> _Element:
    dialect = writing.dialect
    marked = CLASSICAL if recording.classical and dialect.marks_classical else None
    element = Element("SoundRecording", marked)
    add(element, "ResourceReference", recording.reference)
    add(element, "Type", "MusicalWorkSoundRecording")
    dialect.recordings.add_sound_identity(element, recording, writing)
    _add_description(element, recording, writing)
    if recording.first_publication_date:
        add(element, "FirstPublicationDate", recording.first_publication_date.isoformat())
    add(element, "ParentalWarningType", recording.parental_warning)
    add(element, "IsInstrumental", "true" if recording.instrumental else "false")
    if recording.language and not recording.instrumental:
        add(element, "LanguageOfPerformance", recording.language)
    dialect.recordings.add_sound_files(element, recording, writing)
    return element


def _video(video: PlannedVideo, cue_sheet: str | None, writing: Writing) -> _Element:
    dialect = writing.dialect
    element = Element("Video")
    add(element, "ResourceReference", video.reference)
    add(element, "Type", video.type)
    dialect.recordings.add_video_identity(element, video, writing)
    _add_description(element, video, writing)
    if video.first_publication_date:
        published = SubElement(element, "FirstPublicationDate")
        add(published, "FulfillmentDate", video.first_publication_date.isoformat())
    add(element, "ParentalWarningType", video.parental_warning)
    if cue_sheet:
        add(element, "VideoCueSheetReference", cue_sheet)
    elif video.type is VideoType.LONG_FORM:
        add(element, "ReasonForCueSheetAbsence", NO_CUE_SHEET)
    if video.language:
        add(element, "LanguageOfPerformance", video.language)
    dialect.recordings.add_video_files(element, video, writing)
    return element


def _add_description(element: _Element, recording: PlannedRecording, writing: Writing) -> None:
    """Work, titles, credits and length: what sound recordings and videos tell alike."""
    if recording.work:
        _add_work(element, recording.work)
    add_titles(element, recording.title, recording.version, recording.translations)
    if recording.formal_title:
        writing.dialect.add_formal_title(element, recording.formal_title)
    add_artists(element, recording.display_artist, recording.artists)
    add_contributors(element, recording.contributors, writing)
    writing.dialect.recordings.add_lines(element, recording)
    add(element, "Duration", duration(recording.duration))


def _add_work(element: _Element, work: PlannedWork) -> None:
    ids = {
        "ISWC": work.iswc,
        "OpusNumber": work.opus_number,
        "ComposerCatalogNumber": work.composer_catalog_number,
    }
    if any(ids.values()):
        entry = SubElement(element, "WorkId")
        for kind, value in ids.items():
            if value:
                add(entry, kind, value)


def _image(image: PlannedImage, writing: Writing) -> _Element:
    element = Element("Image")
    add(element, "ResourceReference", image.reference)
    add(element, "Type", IMAGE_TYPES[image.type])
    _add_own_id(element, image.proprietary_id, writing)
    add(element, "ParentalWarningType", image.parental_warning)
    details = SubElement(element, "TechnicalDetails")
    add(details, "TechnicalResourceDetailsReference", image.technical_reference)
    add(details, "ImageCodecType", IMAGE_CODECS[image.image.format])
    add_extent(details, image.image.height, image.image.width)
    if image.image.resolution:
        add(details, "ImageResolution", str(image.image.resolution))
    add_file(details, image.file, writing)
    return element


def _text(text: PlannedText, writing: Writing) -> _Element:
    """A booklet to read."""
    element = Element("Text")
    add(element, "ResourceReference", text.reference)
    add(element, "Type", "NonInteractiveBooklet")
    _add_own_id(element, text.proprietary_id, writing)
    add_titles(element, text.title, None)
    add(element, "ParentalWarningType", text.parental_warning)
    details = SubElement(element, "TechnicalDetails")
    add(details, "TechnicalResourceDetailsReference", text.technical_reference)
    add(details, "TextCodecType", "PDF")
    add_file(details, text.file, writing)
    return element


def _add_own_id(element: _Element, identity: str, writing: Writing) -> None:
    entry = SubElement(element, "ResourceId")
    SubElement(entry, "ProprietaryId", {"Namespace": writing.namespace}).text = identity
