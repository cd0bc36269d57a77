"""What a source may say of its file beside the bytes."""

from __future__ import annotations

from distro_sdk.object_storage.parts import MEBIBYTE, plan_parts
from distro_sdk.object_storage.recorded import recorded_md5s
from distro_sdk.testing.sources import BytesSource, LabelledSource, PatternSource
from distro_sdk.transports import hash_of, labels_of, part_md5s_of


def test_a_source_that_describes_its_file_is_asked_for_labels_and_hashes() -> None:
    source = LabelledSource(
        BytesSource(b"content"), {"icpn": "0602445790920"}, {"md5": "9a0364b9e99bb480dd25e1f0284c8555"}
    )

    assert labels_of(source) == {"icpn": "0602445790920"}
    assert hash_of(source, "md5") == "9a0364b9e99bb480dd25e1f0284c8555"
    assert hash_of(source, "sha256") is None


def test_a_source_of_bytes_alone_says_nothing_more() -> None:
    source = BytesSource(b"content")

    assert labels_of(source) == {}
    assert hash_of(source, "md5") is None
    assert part_md5s_of(source) == ()
    assert recorded_md5s(source, plan_parts(source.size)) == ()


def test_recorded_hashes_serve_parts_that_are_cut_as_they_were() -> None:
    """A file in one part has the hash of the whole; parts of another size, or another number, have none."""
    md5, md5s = "9a0364b9e99bb480dd25e1f0284c8555", (b"1" * 16, b"2" * 16)
    source = LabelledSource(PatternSource(9 * MEBIBYTE), {}, {"md5": md5}, md5s)
    grown = LabelledSource(PatternSource(17 * MEBIBYTE), {}, {"md5": md5}, md5s)

    assert recorded_md5s(source, plan_parts(source.size)) == md5s
    assert recorded_md5s(source, plan_parts(source.size, part_size=5 * MEBIBYTE)) == ()
    assert recorded_md5s(source, plan_parts(source.size, part_size=16 * MEBIBYTE)) == (bytes.fromhex(md5),)
    assert recorded_md5s(grown, plan_parts(grown.size)) == ()
