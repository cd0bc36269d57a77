"""Files find their rows by name."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro_core.assets.documents import AssetDocument
from distro_core.imports.csv_file import read_csv
from distro_core.imports.files import Files, match_files
from distro_core.imports.rows import group_rows
from distro_core.store.documents import new_id
from distro_sdk.models.assets import AssetKind, AudioFormat, AudioProperties, FileHashes, ImageFormat, ImageProperties
from distro_sdk.models.catalogue import ImageType
from tests.unit.catalogue.examples import icpn
from tests.unit.imports.examples import OTHER_UPC, UPC, make_csv, row

HASHES = FileHashes(md5="0" * 32, sha1="0" * 40, sha256="0" * 64)
AUDIO = AudioProperties(
    format=AudioFormat.WAV, codec="PCM", lossless=True, duration="200", channels=2, sample_rate=44100
)
IMAGE = ImageProperties(format=ImageFormat.JPEG, width=3000, height=3000, colour_mode="RGB")


def file(name: str) -> AssetDocument:
    kind = AssetKind.DOCUMENT
    if name.endswith((".wav", ".flac", ".mp3")):
        kind = AssetKind.AUDIO
    elif name.endswith((".jpg", ".png")):
        kind = AssetKind.IMAGE
    return AssetDocument(
        id=new_id(),
        kind=kind,
        file_name=name,
        size=1,
        hashes=HASHES,
        audio=AUDIO if kind is AssetKind.AUDIO else None,
        image=IMAGE if kind is AssetKind.IMAGE else None,
        object_key="tenant/assets/1",
    )


def match(names: list[str], *rows: dict[str, str]) -> Files:
    return match_files(group_rows(read_csv(make_csv(rows)).rows), [file(name) for name in names])


def recordings(files: Files) -> dict[tuple[str, int, int], str]:
    return {slot: asset.file_name for slot, asset in files.recordings.items()}


@pytest.mark.proves("IMP-10")
@pytest.mark.parametrize(
    "name",
    [
        f"{UPC}_02_003.wav",
        f"{UPC}_2_3.flac",
        f"0{UPC}_02_03.mp3",
        "QZST12600003.wav",
        "Ann - Song 3 (QZ-ST1-26-00003).wav",
        "03 - Song 3.wav",
        "2-03 Song 3.flac",
        "3. song 3.wav",
        "03_Song_3.wav",
    ],
)
def test_a_recording_is_matched_by_ddex_name_isrc_or_number_and_title(name: str) -> None:
    files = match([name], row(1), row(2), row(3, discNumber="2"))

    assert recordings(files) == {(UPC.zfill(14), 2, 3): name}
    assert files.unmatched == []


@pytest.mark.proves("IMP-10")
def test_what_fits_nowhere_or_twice_is_named_with_the_reason() -> None:
    files = match(
        [
            f"{UPC}_01_009.wav",
            f"{OTHER_UPC}_01_001.wav",
            "01 - Song 1.wav",
            "noise.wav",
            "1-02 - Other.wav",
            f"{OTHER_UPC}.png",
            "holiday.jpg",
            f"{UPC}_00.jpg",
            "letter.pdf",
        ],
        row(1),
        row(2),
        row(1, upc=icpn(3), isrc="QZST12600077"),
    )

    assert files.recordings == {}
    assert {unmatched.file_name: unmatched.code for unmatched in files.unmatched} == {
        f"{UPC}_01_009.wav": "FILE_UNMATCHED",
        f"{OTHER_UPC}_01_001.wav": "FILE_UNMATCHED",
        "01 - Song 1.wav": "FILE_AMBIGUOUS",
        "noise.wav": "FILE_UNMATCHED",
        "1-02 - Other.wav": "FILE_UNMATCHED",
        f"{OTHER_UPC}.png": "FILE_UNMATCHED",
        "holiday.jpg": "FILE_UNMATCHED",
        f"{UPC}_00.jpg": "FILE_UNMATCHED",
        "letter.pdf": "FILE_UNMATCHED",
    }


@pytest.mark.proves("IMP-10")
def test_images_and_booklets_belong_to_the_release_of_their_name() -> None:
    names = [f"{UPC}.jpg", f"{UPC}_02.jpg", f"{UPC}_03.png", f"{UPC}_IMG_004.jpg", f"{UPC}.pdf"]

    files = match(names, row(1))

    assert [(kind, asset.file_name) for kind, asset in files.images_of(UPC)] == [
        (ImageType.FRONT_COVER, f"{UPC}.jpg"),
        (ImageType.BACK_COVER, f"{UPC}_02.jpg"),
        (ImageType.BOOKLET, f"{UPC}_03.png"),
        (ImageType.BOOKLET, f"{UPC}_IMG_004.jpg"),
    ]
    assert [asset.file_name for asset in files.booklets_of(UPC)] == [f"{UPC}.pdf"]
    assert files.unmatched == []


def test_of_two_files_for_one_place_the_later_is_taken() -> None:
    names = [f"{UPC}_01_001.wav", "QZST12600001.flac", f"{UPC}.jpg", f"{UPC}.png"]

    files = match(names, row(1))

    assert list(recordings(files).values()) == ["QZST12600001.flac"]
    assert [asset.file_name for _, asset in files.images_of(UPC)] == [f"{UPC}.png"]
    assert {unmatched.file_name: unmatched.code for unmatched in files.unmatched} == {
        f"{UPC}_01_001.wav": "FILE_REPEATED",
        f"{UPC}.jpg": "FILE_REPEATED",
    }


@pytest.mark.proves("IMP-10")
def test_two_hundred_shuffled_files_all_find_their_rows() -> None:
    rows = [
        row(track, upc=icpn(number), discNumber=str(disc), isrc="")
        for number in range(1, 6)
        for disc in (1, 2)
        for track in range(1, 21)
    ]
    names = [f"{cells['upc']}_{int(cells['discNumber']):02d}_{int(cells['trackNumber']):03d}.wav" for cells in rows]
    random.Random(3).shuffle(names)

    files = match(names, *rows)

    assert len(files.recordings) == 200
    assert files.unmatched == []
    for (code, disc, track), name in recordings(files).items():
        assert name == f"{code[2:]}_{disc:02d}_{track:03d}.wav"


@given(st.text(max_size=60))
def test_any_file_name_is_matched_or_told(name: str) -> None:
    files = match([f"{name}.wav", f"{name}.jpg"], row(1))

    assert len(files.recordings) + len(files.images.get(UPC.zfill(14), {})) + len(files.unmatched) == 2
