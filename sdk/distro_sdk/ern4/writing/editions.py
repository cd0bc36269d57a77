"""Recordings of 4.3 and later: everything of a file stands in an edition of the recording."""

from __future__ import annotations

from lxml.etree import SubElement, _Element

from distro_sdk.ern4.writing.dialect import Writing
from distro_sdk.ern4.writing.elements import add, add_line, duration
from distro_sdk.ern4.writing.files import (
    add_audio_container,
    add_audio_properties,
    add_file,
    add_overall_bit_rate,
    add_video_properties,
    preview_start,
)
from distro_sdk.models.assets import AudioProperties
from distro_sdk.models.catalogue import Preview
from distro_sdk.models.planned_resources import (
    PlannedFile,
    PlannedImmersiveEdition,
    PlannedRecording,
    PlannedSoundRecording,
    PlannedVideo,
)


class Editions:
    """Tells recordings as 4.3 and later do; an immersive twin is a second edition with an ISRC of its own."""

    def add_sound_identity(self, element: _Element, recording: PlannedSoundRecording, writing: Writing) -> None:
        """The edition, and its immersive twin."""
        edition = SubElement(element, "SoundRecordingEdition")
        _add_identity(edition, "NonImmersiveEdition", recording.isrc)
        if recording.p_line:
            add_line(edition, "PLine", recording.p_line)
        details = _add_details(edition, recording.technical_reference)
        _add_audio_file(details, recording.audio, recording.file, writing)
        if recording.preview:
            _add_clip(details, recording.preview, recording.technical_reference)
        if recording.immersive:
            _add_twin(element, recording, recording.immersive, writing)

    def add_video_identity(self, element: _Element, video: PlannedVideo, writing: Writing) -> None:
        """The edition of a video."""
        edition = SubElement(element, "VideoEdition")
        _add_identity(edition, "NonImmersiveEdition", video.isrc)
        if video.p_line:
            add_line(edition, "PLine", video.p_line)
        if video.c_line:
            add_line(edition, "CLine", video.c_line)
        details = _add_details(edition, video.technical_reference)
        add_overall_bit_rate(details, video.video)
        delivered = SubElement(details, "DeliveryFile")
        add(delivered, "Type", "AudioVisualFile" if video.video.audio_codec else "VisualFile")
        add_video_properties(delivered, video.video, writing)
        add_file(delivered, video.file, writing)
        if video.preview:
            _add_clip(details, video.preview, video.technical_reference)

    def add_lines(self, element: _Element, recording: PlannedRecording) -> None:
        """Nothing: the lines stand in the edition."""

    def add_sound_files(self, element: _Element, recording: PlannedSoundRecording, writing: Writing) -> None:
        """Nothing: the files stand in the edition."""

    def add_video_files(self, element: _Element, video: PlannedVideo, writing: Writing) -> None:
        """Nothing: the file stands in the edition."""


def _add_identity(edition: _Element, kind: str, isrc: str) -> None:
    add(edition, "Type", kind)
    add(SubElement(edition, "ResourceId"), "ISRC", isrc)


def _add_twin(
    element: _Element, recording: PlannedSoundRecording, twin: PlannedImmersiveEdition, writing: Writing
) -> None:
    edition = SubElement(element, "SoundRecordingEdition")
    _add_identity(edition, "ImmersiveEdition", twin.isrc)
    if recording.p_line:
        add_line(edition, "PLine", recording.p_line)
    add(edition, "RecordingMode", "ImmersiveAudio")
    _add_audio_file(_add_details(edition, twin.technical_reference), twin.audio, twin.file, writing)


def _add_details(edition: _Element, reference: str) -> _Element:
    details = SubElement(edition, "TechnicalDetails")
    add(details, "TechnicalResourceDetailsReference", reference)
    return details


def _add_audio_file(details: _Element, audio: AudioProperties, file: PlannedFile, writing: Writing) -> None:
    delivered = SubElement(details, "DeliveryFile")
    add(delivered, "Type", "AudioFile")
    add_audio_container(delivered, audio)
    add_audio_properties(delivered, audio)
    add_file(delivered, file, writing)


def _add_clip(details: _Element, preview: Preview, reference: str) -> None:
    clip = SubElement(details, "ClipDetails")
    add(clip, "TechnicalResourceDetailsReference", f"{reference}C")
    add(clip, "ClipType", "Preview")
    timing = SubElement(clip, "Timing")
    add(timing, "StartPoint", preview_start(preview))
    add(timing, "DurationUsed", duration(preview.duration))
    add(clip, "ExpressionType", "Instructive")
