"""ResourceList: sound recordings, videos, images, texts, in the order that the schema wants."""

from __future__ import annotations

from lxml.etree import SubElement, _Element

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


def add_resource_list(root: _Element, writing: Writing) -> None:
    """Write every resource."""
    resources = SubElement(root, "ResourceList")
    plan = writing.plan
    for recording in plan.sound_recordings:
        _add_sound_recording(resources, recording, writing)
    sheets = cue_sheet_references(plan)
    for video in plan.videos:
        _add_video(resources, video, sheets.get(video.reference), writing)
    for image in plan.images:
        _add_image(resources, image, writing)
    for text in plan.texts:
        _add_text(resources, text, writing)


def _add_sound_recording(resources: _Element, recording: PlannedSoundRecording, writing: Writing) -> None:
    dialect = writing.dialect
    marked = CLASSICAL if recording.classical and dialect.marks_classical else None
    element = SubElement(resources, "SoundRecording", marked)
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


def _add_video(resources: _Element, video: PlannedVideo, cue_sheet: str | None, writing: Writing) -> None:
    dialect = writing.dialect
    element = SubElement(resources, "Video")
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


def _add_image(resources: _Element, image: PlannedImage, writing: Writing) -> None:
    element = SubElement(resources, "Image")
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


def _add_text(resources: _Element, text: PlannedText, writing: Writing) -> None:
    """A booklet to read."""
    element = SubElement(resources, "Text")
    add(element, "ResourceReference", text.reference)
    add(element, "Type", "NonInteractiveBooklet")
    _add_own_id(element, text.proprietary_id, writing)
    add_titles(element, text.title, None)
    add(element, "ParentalWarningType", text.parental_warning)
    details = SubElement(element, "TechnicalDetails")
    add(details, "TechnicalResourceDetailsReference", text.technical_reference)
    add(details, "TextCodecType", "PDF")
    add_file(details, text.file, writing)


def _add_own_id(element: _Element, identity: str, writing: Writing) -> None:
    entry = SubElement(element, "ResourceId")
    SubElement(entry, "ProprietaryId", {"Namespace": writing.namespace}).text = identity
