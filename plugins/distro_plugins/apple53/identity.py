"""Identifiers as Apple wants them: vendor ids and UPCs."""

from __future__ import annotations

import re

from distro_plugins.apple53.settings import AppleSettings, TrackVendorIdForm, VendorIdForm
from distro_sdk.models.planned_releases import PlannedRelease
from distro_sdk.models.planned_resources import PlannedSoundRecording

VENDOR_ID = re.compile(r"[A-Za-z0-9_]{1,100}")
_EAN_LENGTH = 13


def padded_upc(icpn: str) -> str | None:
    """A UPC or EAN with 13 digits and a right check digit; None for any other code, such as an EAN-8.

    A UPC gets a leading zero, a GTIN-14 loses the one that it begins with.
    """
    if not icpn.isascii() or not icpn.isdigit():
        return None
    digits = icpn[1:] if len(icpn) == _EAN_LENGTH + 1 and icpn[0] == "0" else icpn
    if len(digits) not in {_EAN_LENGTH - 1, _EAN_LENGTH}:
        return None
    digits = digits.zfill(_EAN_LENGTH)
    return digits if check_digit(digits[:-1]) == digits[-1] else None


def check_digit(digits: str) -> str:
    """The check digit that follows the first twelve digits of an EAN-13 (GS1 General Specifications 7.9)."""
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return str(-weighted % 10)


def album_vendor_id(release: PlannedRelease, settings: AppleSettings) -> str | None:
    """The vendor id of an album, None where it has no identifier from which one could be made."""
    made_from = {
        VendorIdForm.UPC_13: padded_upc(release.icpn),
        VendorIdForm.UPC: release.icpn,
        VendorIdForm.GRID: release.grid,
        VendorIdForm.CATALOG_NUMBER: release.catalog_number,
    }[settings.vendor_id]
    vendor_id = f"{settings.vendor_id_prefix}{made_from}"
    return vendor_id if made_from and VENDOR_ID.fullmatch(vendor_id) else None


def track_vendor_id(recording: PlannedSoundRecording, place: int, album: str, settings: AppleSettings) -> str:
    """The vendor id of a track. `place`: among all tracks of the album, from 1; `album`: the album's vendor id."""
    return recording.isrc if settings.track_vendor_id is TrackVendorIdForm.ISRC else f"{album}_{place:03d}"
