"""What was recorded of a file's parts when it was received, so that sending need not hash them again."""

from __future__ import annotations

from collections.abc import Sequence

from distro_sdk.object_storage.parts import Part
from distro_sdk.transports import HASHED_PART_SIZE, FileSource, hash_of, part_md5s_of


def recorded_md5s(source: FileSource, parts: Sequence[Part]) -> Sequence[bytes]:
    """The MD5 of each part as the source has it recorded; empty where it has none, or was cut otherwise.

    `parts`: all parts of the file, as `plan_parts` makes them. What arrives with these hashes is what was received,
    whatever has happened to the file since.
    """
    if len(parts) == 1:
        whole = hash_of(source, "md5")
        return () if whole is None else (bytes.fromhex(whole),)
    recorded = part_md5s_of(source)
    fitting = parts[0].size == HASHED_PART_SIZE and len(recorded) == len(parts)
    return recorded if fitting else ()
