"""What every audio format of a plugin must be able to do, as a suite to subclass."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from distro_sdk.audio_formats import RegisteredAudioFormat
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import AudioProperties

CUTS = (0, 1, 12, 40, 100)
"""Bytes of a good file that are left of it, beside half of it and all but one."""


@dataclass(frozen=True)
class AudioFile:
    """A file as somebody uploads it. `name`: what its owner calls it; the suite writes `content` wherever it likes."""

    name: str
    content: bytes


class AudioFormatConformance:
    """Subclass it as `Test…` and override the four fixtures."""

    @pytest.fixture
    def audio_format(self) -> RegisteredAudioFormat:
        """The format under test."""
        raise NotImplementedError("override the fixture `audio_format` with the format under test")

    @pytest.fixture
    def good(self) -> Sequence[AudioFile]:
        """Files of the format: at least one."""
        raise NotImplementedError("override the fixture `good` with files of the format")

    @pytest.fixture
    def bad(self) -> Sequence[AudioFile]:
        """Files that mean to be of the format and are not: at least one."""
        raise NotImplementedError("override the fixture `bad` with files that only mean to be of the format")

    @pytest.fixture
    def others(self) -> Sequence[AudioFile]:
        """Files of other formats: at least one."""
        raise NotImplementedError("override the fixture `others` with files of other formats")

    def test_says_what_it_is(self, audio_format: RegisteredAudioFormat) -> None:
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,40}", audio_format.key)
        assert audio_format.title
        assert audio_format.extensions
        for extension in audio_format.extensions:
            assert re.fullmatch(r"[a-z0-9]{1,5}", extension), extension

    def test_recognises_its_own_files_alone(
        self,
        audio_format: RegisteredAudioFormat,
        good: Sequence[AudioFile],
        bad: Sequence[AudioFile],
        others: Sequence[AudioFile],
        tmp_path: Path,
    ) -> None:
        assert good, "name at least one file of the format"
        assert bad, "name at least one file that only means to be of the format"
        assert others, "name at least one file of another format"
        for file in (*good, *bad):
            assert audio_format.recognises(_written(tmp_path, file), file.name), file.name
        for file in (*others, AudioFile("nonsense.bin", b"this is no sound" * 50)):
            assert not audio_format.recognises(_written(tmp_path, file), file.name), file.name

    def test_reads_the_same_of_a_file_each_time_and_leaves_it_alone(
        self, audio_format: RegisteredAudioFormat, good: Sequence[AudioFile], tmp_path: Path
    ) -> None:
        for file in good:
            path = _written(tmp_path, file)

            first, second = audio_format.read(path, file.name), audio_format.read(path, file.name)

            assert isinstance(first, AudioProperties), file.name
            assert first == second, file.name
            assert path.read_bytes() == file.content, file.name

    def test_what_only_means_to_be_of_the_format_is_refused_with_a_reason(
        self, audio_format: RegisteredAudioFormat, bad: Sequence[AudioFile], tmp_path: Path
    ) -> None:
        for file in bad:
            with pytest.raises(DomainError) as refused:
                audio_format.read(_written(tmp_path, file), file.name)

            assert refused.value.code, file.name
            assert refused.value.message, file.name
            assert refused.value.path == ("file",), file.name

    def test_a_file_that_is_cut_off_is_refused_or_not_recognised(
        self, audio_format: RegisteredAudioFormat, good: Sequence[AudioFile], tmp_path: Path
    ) -> None:
        for file in good:
            for size in (*CUTS, len(file.content) // 2, len(file.content) - 1):
                cut = AudioFile(file.name, file.content[:size])
                path = _written(tmp_path, cut)
                if not audio_format.recognises(path, file.name):
                    continue
                with pytest.raises(DomainError):
                    audio_format.read(path, file.name)


def _written(folder: Path, file: AudioFile) -> Path:
    path = folder / "upload"
    path.write_bytes(file.content)
    return path
