"""Files: their addresses and hashes, and what is true of what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from lxml.etree import SubElement, _Element

from distro_sdk.ern4.writing.dialect import Writing
from distro_sdk.ern4.writing.elements import add, add_own_word, decimal, duration
from distro_sdk.ern4.writing.vocabulary import AUDIO_CODECS, AUDIO_CONTAINERS, SOUND_CODECS, VIDEO_CONTAINERS
from distro_sdk.models.assets import AudioProperties, VideoProperties
from distro_sdk.models.catalogue import Preview
from distro_sdk.models.planned_resources import PlannedFile

KILOBITS = {"UnitOfMeasure": "kbps"}
HERTZ = {"UnitOfMeasure": "Hz"}
PIXELS = {"UnitOfMeasure": "Pixel"}


def add_file(element: _Element, file: PlannedFile, writing: Writing) -> None:
    """The file, where it comes along, and whether it does."""
    if file.provided:
        add_file_parts(SubElement(element, "File"), file, writing)
    add(element, "IsProvidedInDelivery", "true" if file.provided else "false")


def add_file_parts(entry: _Element, file: PlannedFile, writing: Writing) -> None:
    """Address, hash and size (in kilobytes, as the schema defines it) of a file."""
    add(entry, "URI", file.uri)
    hash_sum = SubElement(entry, "HashSum")
    add(hash_sum, "Algorithm", writing.algorithm)
    add(hash_sum, "HashSumValue", writing.digest(file.hashes))
    add(entry, "FileSize", decimal(file.size))


def add_audio_container(element: _Element, audio: AudioProperties) -> None:
    """The container of a sound file, where it has one that ERN knows."""
    if audio.format in AUDIO_CONTAINERS:
        add(element, "ContainerFormat", AUDIO_CONTAINERS[audio.format])


def add_audio_properties(element: _Element, audio: AudioProperties) -> None:
    """Codec, channels, rates, depth and length of sound."""
    add(element, "AudioCodecType", AUDIO_CODECS[audio.format])
    if audio.bit_rate:
        SubElement(element, "BitRate", KILOBITS).text = str(audio.bit_rate)
    add(element, "NumberOfChannels", str(audio.channels))
    SubElement(element, "SamplingRate", HERTZ).text = str(audio.sample_rate)
    if audio.bit_depth:
        add(element, "BitsPerSample", str(audio.bit_depth))
    add(element, "Duration", duration(audio.duration))
    if audio.bit_depth:
        add(element, "BitDepth", str(audio.bit_depth))


def add_overall_bit_rate(element: _Element, video: VideoProperties) -> None:
    """The bit rate of a whole video file, where it is known."""
    if video.bit_rate:
        SubElement(element, "OverallBitRate", KILOBITS).text = str(video.bit_rate)


def add_video_properties(element: _Element, video: VideoProperties, writing: Writing) -> None:
    """Container, codecs, frames, extent, sound and length of a video."""
    add(element, "ContainerFormat", VIDEO_CONTAINERS[video.format])
    _add_codec(element, "VideoCodecType", video.video_codec, writing.dialect.video_codecs, writing)
    if video.frame_rate:
        add(element, "FrameRate", plain(video.frame_rate))
    add_extent(element, video.height, video.width)
    if video.audio_codec:
        _add_codec(element, "AudioCodecType", video.audio_codec, SOUND_CODECS, writing)
    if video.channels:
        add(element, "NumberOfAudioChannels", str(video.channels))
    if video.sample_rate:
        SubElement(element, "AudioSamplingRate", HERTZ).text = str(video.sample_rate)
    add(element, "Duration", duration(video.duration))


def add_extent(element: _Element, height: int, width: int) -> None:
    """Height and width in pixels."""
    SubElement(element, "ImageHeight", PIXELS).text = str(height)
    SubElement(element, "ImageWidth", PIXELS).text = str(width)


def preview_start(preview: Preview) -> str:
    """Where a preview starts, in seconds."""
    return decimal(round(preview.start_time * 1000))


def plain(number: Decimal) -> str:
    """A decimal number without an exponent and without superfluous zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _add_codec(element: _Element, name: str, codec: str, words: Mapping[str, str], writing: Writing) -> None:
    """A codec in ERN's word, or in our own where it has none (rule X-9)."""
    word = words.get("".join(filter(str.isalnum, codec)).upper())
    if word:
        add(element, name, word)
    else:
        add_own_word(element, name, codec, writing.namespace)
