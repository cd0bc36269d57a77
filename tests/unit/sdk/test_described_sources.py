"""What a source may say of its file beside the bytes."""

from __future__ import annotations

from distro_sdk.testing.sources import BytesSource, LabelledSource
from distro_sdk.transports import hash_of, labels_of


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
