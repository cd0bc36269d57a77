"""Technical details: what is told of the file of a recording, an image or a text, and of the preview in it."""

from __future__ import annotations

from decimal import Decimal

from distro_sdk.ern.reading.found import FoundFile
from distro_sdk.ern.reading.nodes import Node, leave_all
from distro_sdk.ern.reading.technical import read_bit_rate, read_hash, read_pixels, read_sampling_rate
from distro_sdk.ern.reading.values import read_number, read_seconds, read_whole_number
from distro_sdk.messages import FileDetails
from distro_sdk.models.assets import AssetKind
from distro_sdk.models.catalogue import Preview

_KILOBYTE = 1000
_MARKS = ("TechnicalResourceDetailsReference", "IsProvidedInDelivery", "IsClip", "IsPreview", "Type")


def read_recording_file(
    details: Node | None, kind: AssetKind, duration: Decimal | None, *, editions: bool
) -> FoundFile:
    """The file of a recording. `duration`: seconds, of the resource; `editions`: whether there is a DeliveryFile."""
    if details is None:
        return FoundFile(FileDetails(kind=kind, duration=duration))
    delivered = details.children("DeliveryFile") if editions else [details]
    details.children(*_MARKS)
    leave_all(delivered[1:])
    if not delivered:
        return FoundFile(FileDetails(kind=kind, duration=duration))
    file = delivered[0]
    file.children(*_MARKS)
    told = {"kind": kind, "duration": file.parsed(read_seconds, "Duration") or duration, **_file_facts(file)}
    told |= _video_facts(details, file) if kind is AssetKind.VIDEO else _audio_facts(file)
    return FoundFile(file.build(FileDetails, **told), file.text("File", "URI"))


def read_image_file(details: Node | None) -> FoundFile:
    """The file of an image."""
    if details is None:
        return FoundFile(FileDetails(kind=AssetKind.IMAGE))
    details.children(*_MARKS)
    told = {
        "kind": AssetKind.IMAGE,
        "codec": _word(details.child("ImageCodecType")),
        "height": read_pixels(details.child("ImageHeight")),
        "width": read_pixels(details.child("ImageWidth")),
        "resolution": details.parsed(read_whole_number, "ImageResolution"),
        **_file_facts(details),
    }
    return FoundFile(details.build(FileDetails, **told), details.text("File", "URI"))


def read_text_file(details: Node | None) -> FoundFile:
    """The file of a text."""
    if details is None:
        return FoundFile(FileDetails(kind=AssetKind.DOCUMENT))
    details.children(*_MARKS)
    told = {"kind": AssetKind.DOCUMENT, "codec": _word(details.child("TextCodecType")), **_file_facts(details)}
    return FoundFile(details.build(FileDetails, **told), details.text("File", "URI"))


def read_preview(details: Node | None, *, editions: bool) -> Preview | None:
    """The preview in a recording; one that lasts no time is told to last as long as ours do by themselves."""
    if details is None:
        return None
    clips = details.children("ClipDetails" if editions else "PreviewDetails")
    previews = [clip for clip in clips if not editions or clip.text("ClipType") == "Preview"]
    leave_all([clip for clip in clips if clip not in previews[:1]])
    if not previews:
        return None
    clip = previews[0]
    clip.children("TechnicalResourceDetailsReference", "ExpressionType")
    timing = clip.child("Timing") if editions else clip
    start = timing.parsed(read_seconds, "StartPoint") if timing else None
    if timing is None or start is None:
        clip.leave()
        return None
    length = timing.parsed(read_seconds, "DurationUsed" if editions else "Duration")
    end = timing.parsed(read_number, "EndPoint")
    if not length and end is not None and end > start:
        length = end - start
    return clip.build(Preview, start_time=start, **({"duration": length} if length else {}))


def _file_facts(holder: Node) -> dict[str, object]:
    """Size and hash."""
    file = holder.child("File")
    if file is None:
        return {}
    size = file.parsed(read_number, "FileSize")
    hash_sum = file.child("HashSum")
    return {
        "size": int(size * _KILOBYTE) if size else None,
        "hashes": read_hash(
            hash_sum,
            hash_sum.text("Algorithm") if hash_sum else None,
            hash_sum.text("HashSumValue") if hash_sum else None,
        ),
    }


def _audio_facts(file: Node) -> dict[str, object]:
    depth = file.parsed(read_whole_number, "BitsPerSample")
    return {
        "container": _word(file.child("ContainerFormat")),
        "codec": _word(file.child("AudioCodecType")),
        "bit_rate": read_bit_rate(file.child("BitRate")),
        "channels": file.parsed(_channels, "NumberOfChannels"),
        "sample_rate": read_sampling_rate(file.child("SamplingRate")),
        "bit_depth": file.parsed(read_whole_number, "BitDepth") or depth,
    }


def _video_facts(details: Node, file: Node) -> dict[str, object]:
    rate = details.child("OverallBitRate") or file.child("VideoBitRate")
    return {
        "container": _word(file.child("ContainerFormat")),
        "codec": _word(file.child("VideoCodecType")),
        "audio_codec": _word(file.child("AudioCodecType")),
        "bit_rate": read_bit_rate(rate),
        "frame_rate": file.parsed(read_number, "FrameRate"),
        "height": read_pixels(file.child("ImageHeight")),
        "width": read_pixels(file.child("ImageWidth")),
        "channels": file.parsed(read_whole_number, "NumberOfAudioChannels"),
        "sample_rate": read_sampling_rate(file.child("AudioSamplingRate")),
    }


def _channels(text: str) -> int:
    """A number of channels, also as ``5.1``."""
    return int(sum(read_whole_number(part) for part in text.split(".")))


def _word(node: Node | None) -> str | None:
    if node is None:
        return None
    return node.attribute("UserDefinedValue") if node.value == "UserDefined" else node.value or None
