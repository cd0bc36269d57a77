"""How a version of ERN 4 differs from the others in writing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Final, Protocol

from lxml.etree import SubElement, _Element

from distro_sdk.ern4.writing.elements import add
from distro_sdk.ern4.writing.settings import Ern4Settings
from distro_sdk.models.assets import FileHashes
from distro_sdk.models.message import HashAlgorithm, MessagePlan
from distro_sdk.models.planned_resources import PlannedRecording, PlannedSoundRecording, PlannedVideo


class RecordingForm(Protocol):
    """Where a recording tells its ISRC, its P-line and its files."""

    def add_sound_identity(self, element: _Element, recording: PlannedSoundRecording, writing: Writing) -> None:
        """What stands behind the type of a sound recording."""
        ...

    def add_video_identity(self, element: _Element, video: PlannedVideo, writing: Writing) -> None:
        """What stands behind the type of a video."""
        ...

    def add_lines(self, element: _Element, recording: PlannedRecording) -> None:
        """What stands between the credits and the duration."""
        ...

    def add_sound_files(self, element: _Element, recording: PlannedSoundRecording, writing: Writing) -> None:
        """What ends a sound recording."""
        ...

    def add_video_files(self, element: _Element, video: PlannedVideo, writing: Writing) -> None:
        """What ends a video."""
        ...


@dataclass(frozen=True)
class Dialect:
    """How a version of ERN 4 differs from the others in writing.

    `version` such as ``4.3``; `namespace`: of its root elements; `allowed_value_set`: the number of the set that its
    values were taken from, None where a message does not tell it; `recordings`: where a recording tells its ISRC and
    its files; `genre_element`: what the genre of a release is called; `add_role`, `add_formal_title`: how they are
    written; `marks_classical`: whether a resource says that it follows the Classical variant; `releases_show_clips`:
    whether a release says from when its clips are shown; `video_codecs`: its words by codec, letters and digits alone;
    `currencies`: ISO 4217 codes that it knows.
    """

    version: str
    namespace: str
    allowed_value_set: str | None
    recordings: RecordingForm
    genre_element: str
    add_role: Callable[[_Element, str], None]
    add_formal_title: Callable[[_Element, str], None]
    marks_classical: bool
    releases_show_clips: bool
    video_codecs: Mapping[str, str]
    currencies: frozenset[str]


_DIGESTS: Final[Mapping[HashAlgorithm, Callable[[FileHashes], str]]] = {
    HashAlgorithm.MD5: attrgetter("md5"),
    HashAlgorithm.SHA1: attrgetter("sha1"),
    HashAlgorithm.SHA256: attrgetter("sha256"),
}


@dataclass(frozen=True)
class Writing:
    """A message that is being written: its plan, in a dialect."""

    plan: MessagePlan
    dialect: Dialect

    @cached_property
    def namespace(self) -> str:
        """The namespace of the sender's own ids and words."""
        return self.plan.namespace

    @cached_property
    def price_namespace(self) -> str:
        """The namespace of price codes: of who controls them, else the sender's."""
        return Ern4Settings.model_validate(self.plan.settings).price_code_namespace or self.namespace

    @cached_property
    def algorithm(self) -> str:
        """The name of the hash by which the message tells of its files."""
        return self.plan.options.hash_algorithm.value

    @cached_property
    def digest(self) -> Callable[[FileHashes], str]:
        """That hash of a file."""
        return _DIGESTS[self.plan.options.hash_algorithm]


def add_plain_role(contributor: _Element, role: str) -> None:
    """A role as it stands in 4.2 and 4.3."""
    add(contributor, "Role", role)


def add_valued_role(contributor: _Element, role: str) -> None:
    """A role as it stands from 4.3.1 on."""
    add(SubElement(contributor, "Role"), "Value", role)


def add_typed_formal_title(element: _Element, title: str) -> None:
    """A formal title as 4.2 and 4.3 tell it, among the additional titles."""
    add(SubElement(element, "AdditionalTitle", {"TitleType": "FormalTitle"}), "TitleText", title)


def add_own_formal_title(element: _Element, title: str) -> None:
    """A formal title as it stands from 4.3.1 on, in an element of its own."""
    add(SubElement(element, "FormalTitle"), "TitleText", title)
