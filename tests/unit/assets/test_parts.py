"""The MD5 of each part of a file, recorded while it streams in, and where the recording must not follow the file."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro_core.assets.parts import PartHasher, join_md5s, split_md5s


def md5(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).digest()


@given(blocks=st.lists(st.binary(max_size=40), max_size=12), part_size=st.integers(1, 16))
def test_however_a_file_is_cut_its_parts_have_the_same_hashes(blocks: list[bytes], part_size: int) -> None:
    whole = b"".join(blocks)
    hasher = PartHasher(part_size)

    for block in blocks:
        hasher.update(block)

    parts = [md5(whole[start : start + part_size]) for start in range(0, len(whole), part_size)]
    assert hasher.md5s() == (tuple(parts) if len(parts) > 1 else ())
    assert split_md5s(join_md5s(hasher.md5s())) == hasher.md5s()


@pytest.mark.parametrize(("size", "recorded"), [(0, 0), (4, 0), (5, 2), (8, 2), (12, 3), (13, 0), (400, 0)])
def test_nothing_is_recorded_of_a_file_in_one_part_or_in_too_many(size: int, recorded: int) -> None:
    hasher = PartHasher(part_size=4, most_parts=3)

    hasher.update(bytes(size))

    assert len(hasher.md5s()) == recorded
