"""Recordings of 4.2: the ISRC stands at the beginning, lines in the middle, files at the end."""

from __future__ import annotations

from lxml.etree import SubElement, _Element

from distro_sdk.ern4.writing.dialect import Writing
from distro_sdk.ern4.writing.elements import add, add_line, duration
from distro_sdk.ern4.writing.files import (
    add_audio_properties,
    add_file,
    add_overall_bit_rate,
    add_video_properties,
    preview_start,
)
from distro_sdk.models.catalogue import Preview
from distro_sdk.models.planned_resources import PlannedRecording, PlannedSoundRecording, PlannedVideo

IMMERSIVE = "Immersive audio"


class FlatRecordings:
    """Tells recordings as 4.2 does; an immersive twin is a second encoding with an identifier of its own."""

    def add_sound_identity(self, element: _Element, recording: PlannedSoundRecording, writing: Writing) -> None:
        """The ISRC."""
        add(SubElement(element, "ResourceId"), "ISRC", recording.isrc)

    def add_video_identity(self, element: _Element, video: PlannedVideo, writing: Writing) -> None:
        """The ISRC."""
        add(SubElement(element, "ResourceId"), "ISRC", video.isrc)

    def add_lines(self, element: _Element, recording: PlannedRecording) -> None:
        """The P-line, and the C-line of a video."""
        if recording.p_line:
            add_line(element, "PLine", recording.p_line)
        if isinstance(recording, PlannedVideo) and recording.c_line:
            add_line(element, "CLine", recording.c_line)

    def add_sound_files(self, element: _Element, recording: PlannedSoundRecording, writing: Writing) -> None:
        """The file, and that of its immersive twin."""
        details = _add_details(element, recording.technical_reference)
        add_audio_properties(details, recording.audio)
        _add_preview(details, recording.preview)
        add_file(details, recording.file, writing)
        if twin := recording.immersive:
            details = SubElement(element, "TechnicalDetails")
            add(details, "TechnicalResourceDetailsReference", twin.technical_reference)
            add(SubElement(details, "EncodingId"), "ISRC", twin.isrc)
            add_audio_properties(details, twin.audio)
            add_file(details, twin.file, writing)
            add(details, "EncodingDescription", IMMERSIVE)

    def add_video_files(self, element: _Element, video: PlannedVideo, writing: Writing) -> None:
        """The file."""
        details = _add_details(element, video.technical_reference)
        add_overall_bit_rate(details, video.video)
        add_video_properties(details, video.video, writing)
        _add_preview(details, video.preview)
        add_file(details, video.file, writing)


def _add_details(element: _Element, reference: str) -> _Element:
    details = SubElement(element, "TechnicalDetails")
    add(details, "TechnicalResourceDetailsReference", reference)
    return details


def _add_preview(details: _Element, preview: Preview | None) -> None:
    if preview is None:
        return
    entry = SubElement(details, "PreviewDetails")
    add(entry, "StartPoint", preview_start(preview))
    add(entry, "Duration", duration(preview.duration))
    add(entry, "ExpressionType", "Instructive")
