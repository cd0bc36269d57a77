"""Technical details of files: codecs, sizes, where a file lies and its hash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lxml.etree import SubElement, _Element

from distro_plugins.ern382.elements import add_own_value
from distro_sdk.ern.elements import add, add_flag, decimal, duration
from distro_sdk.models.assets import (
    AudioFormat,
    AudioProperties,
    ImageFormat,
    ImageProperties,
    VideoFormat,
    VideoProperties,
)
from distro_sdk.models.catalogue import Preview
from distro_sdk.models.message import HashAlgorithm, MessagePlan
from distro_sdk.models.planned_resources import (
    PlannedFile,
    PlannedImage,
    PlannedSoundRecording,
    PlannedText,
    PlannedVideo,
)

_AUDIO_CODECS: Final = {AudioFormat.WAV: "PCM", AudioFormat.FLAC: "FLAC", AudioFormat.MP3: "MP3"}
_IMAGE_CODECS: Final = {ImageFormat.JPEG: "JPEG", ImageFormat.PNG: "PNG"}
_VIDEO_CONTAINERS: Final = {VideoFormat.MP4: "MP4", VideoFormat.MOV: "QuickTime"}
_VIDEO_CODECS: Final[Mapping[str, str]] = {
    "AVC": "AVC",
    "H264": "AVC",
    "MPEG1VIDEO": "MPEG-1",
    "MPEG2VIDEO": "MPEG-2",
    "MPEG2": "MPEG-2",
    "MPEG4": "MPEG-4",
}
_SOUND_CODECS: Final[Mapping[str, str]] = {"AAC": "AAC", "FLAC": "FLAC", "MP2": "MP2", "MP3": "MP3", "VORBIS": "Vorbis"}


def add_sound_details(details: _Element, recording: PlannedSoundRecording, plan: MessagePlan) -> None:
    """TechnicalSoundRecordingDetails, where a file travels or a preview is told."""
    if not (recording.file.provided or recording.preview):
        return
    technical = SubElement(details, "TechnicalSoundRecordingDetails")
    add(technical, "TechnicalResourceDetailsReference", recording.technical_reference)
    _add_audio_properties(technical, recording.audio)
    _add_preview(technical, recording.preview)
    _add_file(technical, recording.file, plan)


def add_video_details(details: _Element, video: PlannedVideo, plan: MessagePlan) -> None:
    """TechnicalVideoDetails, where a file travels or a preview is told."""
    if not (video.file.provided or video.preview):
        return
    technical = SubElement(details, "TechnicalVideoDetails")
    add(technical, "TechnicalResourceDetailsReference", video.technical_reference)
    _add_video_properties(technical, video.video, plan.namespace)
    _add_preview(technical, video.preview)
    _add_file(technical, video.file, plan)


def add_image_details(details: _Element, image: PlannedImage, plan: MessagePlan) -> None:
    """TechnicalImageDetails, where the file travels."""
    if image.file.provided:
        technical = SubElement(details, "TechnicalImageDetails")
        add(technical, "TechnicalResourceDetailsReference", image.technical_reference)
        _add_image_properties(technical, image.image)
        _add_file(technical, image.file, plan)


def add_text_details(details: _Element, text: PlannedText, plan: MessagePlan) -> None:
    """TechnicalTextDetails of a booklet, where the file travels."""
    if text.file.provided:
        technical = SubElement(details, "TechnicalTextDetails")
        add(technical, "TechnicalResourceDetailsReference", text.technical_reference)
        add(technical, "TextCodecType", "PDF")
        _add_file(technical, text.file, plan)


def add_companion_details(details: _Element, reference: str, file: PlannedFile, plan: MessagePlan) -> None:
    """TechnicalTextDetails of a message that travels beside; every state of the values lacks a codec for some."""
    technical = SubElement(details, "TechnicalTextDetails")
    add(technical, "TechnicalResourceDetailsReference", reference)
    _add_file(technical, file, plan)


def _add_audio_properties(technical: _Element, audio: AudioProperties) -> None:
    if audio.format is AudioFormat.WAV:
        add(technical, "ContainerFormat", "WAV")
    add(technical, "AudioCodecType", _AUDIO_CODECS[audio.format])
    if audio.bit_rate:
        add(technical, "BitRate", str(audio.bit_rate), {"UnitOfMeasure": "kbps"})
    add(technical, "NumberOfChannels", str(audio.channels))
    add(technical, "SamplingRate", str(audio.sample_rate), {"UnitOfMeasure": "Hz"})
    if audio.bit_depth:
        add(technical, "BitsPerSample", str(audio.bit_depth))


def _add_video_properties(technical: _Element, video: VideoProperties, namespace: str) -> None:
    if video.bit_rate:
        add(technical, "OverallBitRate", str(video.bit_rate), {"UnitOfMeasure": "kbps"})
    add(technical, "ContainerFormat", _VIDEO_CONTAINERS[video.format])
    _add_codec(technical, "VideoCodecType", video.video_codec, _VIDEO_CODECS, namespace)
    if video.frame_rate:
        frames = decimal(round(video.frame_rate * 1000))
        add(technical, "FrameRate", frames, {"UnitOfMeasure": "Hz(non-interlaced)"})
    add(technical, "ImageHeight", str(video.height), {"UnitOfMeasure": "Pixel"})
    add(technical, "ImageWidth", str(video.width), {"UnitOfMeasure": "Pixel"})
    if video.audio_codec:
        _add_codec(technical, "AudioCodecType", video.audio_codec, _SOUND_CODECS, namespace)
    if video.channels:
        add(technical, "NumberOfAudioChannels", str(video.channels))
    if video.sample_rate:
        add(technical, "AudioSamplingRate", str(video.sample_rate), {"UnitOfMeasure": "Hz"})


def _add_codec(technical: _Element, name: str, codec: str, known: Mapping[str, str], namespace: str) -> None:
    key = codec.upper().replace(".", "").replace("-", "").replace("_", "")
    if key.startswith("PCM") and known is _SOUND_CODECS:
        add(technical, name, "PCM")
    elif key in known:
        add(technical, name, known[key])
    else:
        add_own_value(technical, name, codec, namespace)


def _add_image_properties(technical: _Element, image: ImageProperties) -> None:
    add(technical, "ImageCodecType", _IMAGE_CODECS[image.format])
    add(technical, "ImageHeight", str(image.height), {"UnitOfMeasure": "Pixel"})
    add(technical, "ImageWidth", str(image.width), {"UnitOfMeasure": "Pixel"})
    if image.resolution:
        add(technical, "ImageResolution", str(image.resolution))


def _add_preview(technical: _Element, preview: Preview | None) -> None:
    """The file is no preview itself, but the recipient shall cut one from it."""
    if preview is None:
        return
    add_flag(technical, "IsPreview", value=False)
    entry = SubElement(technical, "PreviewDetails")
    add(entry, "StartPoint", decimal(round(preview.start_time * 1000)))
    add(entry, "Duration", duration(preview.duration))
    add(entry, "ExpressionType", "Instructive")


def _add_file(technical: _Element, file: PlannedFile, plan: MessagePlan) -> None:
    """Name, folder and hash of a file that comes along; the folder is relative to the message."""
    if not file.provided:
        return
    entry = SubElement(technical, "File")
    folder, slash, name = file.uri.rpartition("/")
    add(entry, "FileName", name)
    if slash:
        add(entry, "FilePath", folder + slash)
    algorithm = plan.options.hash_algorithm
    hashes = {
        HashAlgorithm.MD5: file.hashes.md5,
        HashAlgorithm.SHA1: file.hashes.sha1,
        HashAlgorithm.SHA256: file.hashes.sha256,
    }
    hash_sum = SubElement(entry, "HashSum")
    add(hash_sum, "HashSum", hashes[algorithm])
    add(hash_sum, "HashSumAlgorithmType", algorithm)
