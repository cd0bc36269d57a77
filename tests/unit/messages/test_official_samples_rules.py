"""DDEX's own samples, and other people's mistakes, before the rules: whom they let pass, and whom they refuse for what.

The samples lie outside the repository (© DDEX); these tests are skipped where they are not installed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from distro_core.validation.pipeline import validate_message
from distro_core.validation.schemas import SchemaLibrary
from distro_plugins.ern382.rules import Ern382Rules
from distro_sdk.ern4.rules import Ern4Rules
from distro_sdk.messages import MessageValidator
from distro_sdk.models.validation import Severity
from distro_sdk.xml import parse_message

RULES: dict[str, MessageValidator] = {
    "3.8.2": Ern382Rules(),
    "4.2": Ern4Rules("ern/4.2"),
    "4.3": Ern4Rules("ern/4.3"),
    # There is no schema of 4.3.1 here; its samples are valid as 4.3.2.
    "4.3.1": Ern4Rules("ern/4.3.2"),
}

# What DDEX's samples leave out or make up, because only a real sender has it: an id of the message, identifiers whose
# check character fits, a time zone.
MADE_UP = {"MESSAGE_ID_MISSING", "CHECK_DIGIT_WRONG", "ZONE_MISSING"}
AT_FAULT = {
    "4.2/Variant_BoxedSet.xml": {"DEFAULT_DOUBLED": "two labels are the default; DDEX's checker refuses it too"},
    "4.3.1/2_Video.xml": {"TITLE_REDUNDANT": "the track releases repeat titles; DDEX's checker refuses it too"},
    "3.8.2/release-profiles/Profile_AudioBook.xml": {
        "FORMAL_TITLE_MISSING": "DDEX's checker: SingleFormalTitlePerTerritory",
        "RELEASE_ARTIST_MISSING": "DDEX's checker: DisplayArtistMustBeProvided",
    },
    "3.8.2/release-profiles/Profile_DigitalClassicalAudioAlbum_MulitPartWork.xml": {
        "MAIN_TYPE_UNFIT": "DDEX's checker: MustContainClassicalAlbumRelease",
        "TRACK_RELEASE_COUNT": "DDEX's checker: MustContainTrackRelease, MustContainTwoReleases",
        "SEQUENCE_BROKEN": "DDEX's checker: SequenceNumberAsElement",
    },
    "3.8.2/release-profiles/Profile_Ringtone.xml": {"USER_DEFINED_UNFIT": "DDEX's checker: UserDefinedValue"},
    "3.8.2/release-profiles/Profile_Wallpaper.xml": {"REFERENCE_DANGLING": "A1 is named, and no resource is called so"},
    "3.8.2/business-profiles/LiveCycle_Takedown.xml": {
        "BUSINESS_PROFILE_UNFIT": "names downloads for a subscription; DDEX's checker: …Service_Categories"
    },
    "3.8.2/business-profiles/Profile_AdSupportedTetheredDownloadService.xml": {
        "BUSINESS_PROFILE_UNFIT": "names plain downloads; DDEX's checker: AdSupportedTethered…_Categories"
    },
    "3.8.2/business-profiles/Profile_GenericSubscriptionStreaming.xml": {
        "BUSINESS_PROFILE_UNFIT": "names downloads for streams; DDEX's checker: GenericSubscription…_Categories"
    },
}

REFUSED = {
    "3.8.2/profile-violations/006_zero_sound_recordings.xml": "RECORDING_COUNT",
    "3.8.2/profile-violations/008_one_image_not_front.xml": "FRONT_COVER_COUNT",
    "3.8.2/profile-violations/010_no_album_release.xml": "MAIN_TYPE_UNFIT",
    "3.8.2/profile-violations/013_isrc_empty_string.xml": "RECORDING_ISRC_MISSING",
    "3.8.2/profile-violations/Profile_AudioAlbumMusicOnlyNoGridISRC.xml": "RELEASE_ID_MISSING",
}
INVALID = {
    "002_erroneous_xml.xml": {"XML_NOT_WELL_FORMED"},
    "005_not_valid_xsd.xml": {"SCHEMA_INVALID"},
    "Profile_NonInteractiveSubscriptionStreamingService.xml": {"XML_NOT_WELL_FORMED"},
    "audius_dealTypes.xml": {"SCHEMA_INVALID"},
    "ddex-suite_382_basic_release.xml": {"SCHEMA_INVALID"},
    "ddex-suite_43_simple_release.xml": {"SCHEMA_INVALID"},
    "ddexcreator_ddex.xml": {"SCHEMA_INVALID"},
    "ern-3.8.2-newrelease.xml": {"SCHEMA_INVALID"},
    "glass_garden.xml": {"SCHEMA_INVALID"},
    "mead_award_example.xml": {"SCHEMA_INVALID"},
    "sample_single_ern43.xml": {"SCHEMA_INVALID"},
}


def errors(folder: Path, name: str) -> set[str]:
    """The codes of all errors that the rules find in a sample."""
    rules = RULES[name.partition("/")[0]]
    found = rules.validate(parse_message((folder / "samples" / name).read_bytes()))
    return {issue.code for issue in found if issue.severity is Severity.ERROR}


def official_samples(folder: Path) -> list[str]:
    """The samples of the versions that we judge which DDEX itself published."""
    kinds = ("4.2/*.xml", "4.3/*.xml", "4.3.1/*.xml", "3.8.2/release-profiles/*.xml", "3.8.2/business-profiles/*.xml")
    samples = folder / "samples"
    paths = sorted(path for kind in kinds for path in samples.glob(kind))
    return [str(path.relative_to(samples)) for path in paths if not path.name.startswith("kazhs")]


@pytest.mark.proves("VAL-05")
def test_ddex_own_samples_break_no_rule_unless_they_are_at_fault(ddex_folder: Path) -> None:
    names = official_samples(ddex_folder)

    found = {name: errors(ddex_folder, name) - MADE_UP for name in names}

    assert len(names) >= 35
    assert {name: codes for name, codes in found.items() if codes} == {
        name: set(reasons) for name, reasons in AT_FAULT.items()
    }


@pytest.mark.proves("VAL-05")
@pytest.mark.parametrize(("name", "code"), REFUSED.items())
def test_a_message_that_breaks_its_profile_is_refused_for_that_reason(ddex_folder: Path, name: str, code: str) -> None:
    kept = errors(ddex_folder, "3.8.2/release-profiles/Profile_AudioAlbumMusicOnly.xml")

    assert code in errors(ddex_folder, name) - kept


def test_every_violation_of_a_profile_is_tried(ddex_folder: Path) -> None:
    samples = ddex_folder / "samples"

    there = {str(path.relative_to(samples)) for path in samples.glob("3.8.2/profile-violations/*.xml")}

    assert there == set(REFUSED)


@pytest.mark.proves("VAL-03", "VAL-04")
def test_every_invalid_sample_is_refused(ddex_folder: Path) -> None:
    paths = sorted((ddex_folder / "samples" / "invalid").glob("*.xml"))

    codes = {path.name: _refusals(ddex_folder, path) for path in paths}

    assert set(codes) == set(INVALID)
    assert {name: INVALID[name] - found for name, found in codes.items()} == {name: set() for name in INVALID}


def _refusals(folder: Path, path: Path) -> set[str]:
    result = validate_message(
        path.read_bytes(), builder=None, validators=tuple(RULES.values()), schemas=SchemaLibrary(folder)
    )
    assert not result.valid
    return {error.code for error in result.errors}
