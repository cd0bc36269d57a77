"""Technical details: what is told of the file of a resource, and of the preview in it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from distro_sdk.ern.reading.found import FoundFile
from distro_sdk.ern.reading.nodes import Node, leave_all
from distro_sdk.ern.reading.technical import read_bit_rate, read_hash, read_pixels, read_sampling_rate
from distro_sdk.ern.reading.values import read_number, read_seconds, read_truth, read_whole_number
from distro_sdk.messages import FileDetails
from distro_sdk.models.assets import AssetKind
from distro_sdk.models.catalogue import Preview


def choose_details(listed: list[Node]) -> tuple[Node | None, Node | None]:
    """The details of the whole file, and those that tell of the preview, which may be a file of its own."""
    clips = [details for details in listed if details.parsed(read_truth, "IsPreview")]
    whole = [details for details in listed if details not in clips]
    leave_all(whole[1:])
    chosen = whole[0] if whole else None
    told = [details for details in (*whole[:1], *clips) if details.child("PreviewDetails") is not None]
    preview = told[0] if told else None
    leave_all([clip for clip in clips if clip is not preview])
    return chosen, preview


def read_file(details: Node | None, kind: AssetKind, duration: Decimal | None = None) -> FoundFile:
    """The file of a resource. `duration`: seconds, of the resource."""
    if details is None:
        return FoundFile(FileDetails(kind=kind, duration=duration))
    details.children("TechnicalResourceDetailsReference")
    files = details.children("File")
    leave_all(files[1:])
    file = files[0] if files else None
    told = {"kind": kind, "duration": details.parsed(read_seconds, "Duration") or duration, **_hash(file)}
    if kind is AssetKind.AUDIO:
        told |= _audio_facts(details)
    elif kind is AssetKind.VIDEO:
        told |= _video_facts(details)
    elif kind is AssetKind.IMAGE:
        told |= _image_facts(details)
    else:
        told["codec"] = _word(details.child("TextCodecType"))
    return FoundFile(details.build(FileDetails, **told), _address(file) if file else None)


def read_preview(details: Node | None) -> Preview | None:
    """The preview; one that lasts no time is told to last as long as ours do by themselves."""
    clip = details.child("PreviewDetails") if details else None
    if clip is None:
        return None
    start = clip.parsed(read_seconds, "StartPoint")
    if start is None:
        clip.leave()
        return None
    clip.children("ExpressionType")
    length = clip.parsed(read_seconds, "Duration")
    end = clip.parsed(read_number, "EndPoint")
    if not length and end is not None and end > start:
        length = end - start
    return clip.build(Preview, start_time=start, **({"duration": length} if length else {}))


def _address(file: Node) -> str | None:
    """Where the file lies, relative to the message: a name with its folder, or an address."""
    name, folder = file.text("FileName"), file.text("FilePath")
    if name is None:
        return file.text("URL")
    return f"{folder.rstrip('/')}/{name}" if folder else name


def _hash(file: Node | None) -> dict[str, object]:
    told = file.child("HashSum") if file else None
    if told is None:
        return {}
    return {"hashes": read_hash(told, told.text("HashSumAlgorithmType"), told.text("HashSum"))}


def _audio_facts(details: Node) -> dict[str, object]:
    return {
        "container": _word(details.child("ContainerFormat")),
        "codec": _word(details.child("AudioCodecType")),
        "bit_rate": read_bit_rate(details.child("BitRate")),
        "channels": details.parsed(read_whole_number, "NumberOfChannels"),
        "sample_rate": read_sampling_rate(details.child("SamplingRate")),
        "bit_depth": details.parsed(read_whole_number, "BitsPerSample"),
    }


def _video_facts(details: Node) -> dict[str, object]:
    return {
        "container": _word(details.child("ContainerFormat")),
        "codec": _word(details.child("VideoCodecType")),
        "audio_codec": _word(details.child("AudioCodecType")),
        "bit_rate": read_bit_rate(_first_of(details, ("OverallBitRate", "VideoBitRate"))),
        "frame_rate": details.parsed(read_number, "FrameRate"),
        "height": read_pixels(details.child("ImageHeight")),
        "width": read_pixels(details.child("ImageWidth")),
        "channels": details.parsed(read_whole_number, "NumberOfAudioChannels"),
        "sample_rate": read_sampling_rate(details.child("AudioSamplingRate")),
    }


def _image_facts(details: Node) -> dict[str, object]:
    return {
        "codec": _word(details.child("ImageCodecType")),
        "height": read_pixels(details.child("ImageHeight")),
        "width": read_pixels(details.child("ImageWidth")),
        "resolution": details.parsed(read_whole_number, "ImageResolution"),
    }


def _first_of(details: Node, names: Iterable[str]) -> Node | None:
    return next((node for name in names if (node := details.child(name)) is not None), None)


def _word(node: Node | None) -> str | None:
    if node is None:
        return None
    return node.attribute("UserDefinedValue") if node.value == "UserDefined" else node.value or None
