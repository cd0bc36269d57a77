"""DDEX file names (rows NAM-01 to NAM-04)."""

from __future__ import annotations


def recording_name(icpn: str, disc: int, number_on_disc: int, extension: str) -> str:
    """`{ICPN}_{disc, two digits}_{track, three digits}.{extension}`, of sound recordings and videos alike."""
    return f"{icpn}_{disc:02d}_{number_on_disc:03d}.{extension}"


def immersive_name(icpn: str, disc: int, number_on_disc: int, extension: str) -> str:
    """The name of a recording's immersive twin: that of the recording with `_immersive`."""
    return recording_name(icpn, disc, number_on_disc, extension).replace(".", "_immersive.")


def booklet_name(icpn: str, extension: str) -> str:
    """`{ICPN}_booklet.{extension}`."""
    return f"{icpn}_booklet.{extension}"


def image_name(icpn: str, index: int, extension: str) -> str:
    """`{ICPN}.{extension}` for the front cover (`index` 1), `{ICPN}_{index, two digits}.{extension}` for the others."""
    return f"{icpn}.{extension}" if index == 1 else f"{icpn}_{index:02d}.{extension}"


def message_name(message_id: str) -> str:
    """`{MessageID}.xml`."""
    return f"{message_id}.xml"
