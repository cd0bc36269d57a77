"""What every choreography must be able to do, as a suite to subclass. Needs hypothesis."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.messages import Choreography, carries_sidecars
from distro_sdk.models.delivery import AcknowledgementStatus, Batch, BatchedRelease, FileKind, Package, PackageFile
from distro_sdk.models.message import MessageSubtype, MessageType
from distro_sdk.testing.batches import (
    DSP,
    EXTENSIONS,
    LABEL,
    batches,
    example_batch,
    example_companion,
    example_file,
    example_release,
)
from distro_sdk.xml import parse_message

SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
UNSAFE_NAMES = ("../evil.wav", "a/b.wav", ".hidden.wav", "", "a\\b.wav", "a b.wav", "a:b.wav", "ü.wav", "x" * 300)

ANSWER = """\
<c:AcknowledgementMessage xmlns:c="http://ddex.net/xml/ern-c-sftp/18" AvsVersionId="9">
  <MessageHeader>
    <MessageId>ACK-1</MessageId>
    <MessageSender><PartyId>{recipient}</PartyId></MessageSender>
    <MessageRecipient><PartyId>{sender}</PartyId></MessageRecipient>
    <MessageCreatedDateTime>2026-09-28T14:00:00+02:00</MessageCreatedDateTime>
  </MessageHeader>
  <ReleaseStatus>
    <ReleaseId><ICPN>{icpn}</ICPN></ReleaseId>
    <ReleaseStatus>{status}</ReleaseStatus>
    <Acknowledgement>
      <MessageType>NewReleaseMessage</MessageType>
      <MessageId>{message_id}</MessageId>
      <MessageStatus><Status>FileOK</Status></MessageStatus>
    </Acknowledgement>
  </ReleaseStatus>
</c:AcknowledgementMessage>"""

_random = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors, HealthCheck.too_slow],
)


class ChoreographyConformance:
    """Subclass it as `Test…` and override `choreography`; also `settings_to_try`, where there are settings."""

    @pytest.fixture
    def choreography(self) -> Choreography:
        """The choreography under test."""
        raise NotImplementedError("override the fixture `choreography` with the choreography under test")

    @pytest.fixture
    def settings_to_try(self) -> Sequence[Mapping[str, Any]]:
        """Settings with each of which every test is made."""
        return ({},)

    @pytest.fixture
    def kinds(self, choreography: Choreography) -> Sequence[FileKind]:
        """The kinds of resources that the choreography has a place for."""
        return [kind for kind in EXTENSIONS if _has_place(choreography, kind)]

    @pytest.fixture
    def packages(
        self, choreography: Choreography, settings_to_try: Sequence[Mapping[str, Any]], kinds: Sequence[FileKind]
    ) -> Sequence[tuple[Batch, Package]]:
        """Two releases with files of every kind and a companion, an update without files and a takedown; laid out."""
        releases = (
            example_release(1, kinds, companions=(example_companion(1),)),
            example_release(2, kinds, grid="A10302B0000114450H"),
            example_release(3, (), subtype=MessageSubtype.UPDATE),
            example_release(4, (), subtype=MessageSubtype.TAKEDOWN),
        )
        given = [example_batch(*releases, settings=each) for each in settings_to_try]
        return [(batch, choreography.lay_out(batch)) for batch in given]

    def test_says_what_it_is(
        self, choreography: Choreography, settings_to_try: Sequence[Mapping[str, Any]], kinds: Sequence[FileKind]
    ) -> None:
        assert SAFE.fullmatch(choreography.key)
        assert choreography.title
        assert choreography.acknowledgement_folder is None or SAFE.fullmatch(choreography.acknowledgement_folder)
        assert FileKind.AUDIO in kinds
        assert choreography.configuration.model_validate({}) is not None
        for each in settings_to_try:
            assert choreography.configuration.model_validate(dict(each)) is not None

    def test_nothing_comes_after_what_completes_the_package(self, packages: Sequence[tuple[Batch, Package]]) -> None:
        for _, package in packages:
            _assert_complete_last(package)

    def test_every_path_is_unique_and_safe_everywhere(self, packages: Sequence[tuple[Batch, Package]]) -> None:
        for _, package in packages:
            _assert_safe(package)

    def test_every_file_is_placed_once_for_its_release(self, packages: Sequence[tuple[Batch, Package]]) -> None:
        for batch, package in packages:
            _assert_whole(batch, package)

    def test_what_a_message_says_is_where_the_file_lies(
        self, choreography: Choreography, packages: Sequence[tuple[Batch, Package]]
    ) -> None:
        for batch, package in packages:
            _assert_uris(choreography, batch, package)

    def test_every_file_says_what_it_is_made_of(self, packages: Sequence[tuple[Batch, Package]]) -> None:
        for _, package in packages:
            for file in package.files:
                assert (file.content is None) != (file.asset_id is None)
                assert file.hashes is not None
                if file.content is not None:
                    assert file.size == len(file.content)
                    assert file.hashes.sha256 == hashlib.sha256(file.content).hexdigest()
                    assert file.hashes.md5 == hashlib.md5(file.content, usedforsecurity=False).hexdigest()

    def test_a_manifest_lists_every_message_with_its_hash(self, packages: Sequence[tuple[Batch, Package]]) -> None:
        for batch, package in packages:
            _assert_listed(batch, package)

    def test_releases_do_not_share_a_message_or_a_folder_of_files(
        self, packages: Sequence[tuple[Batch, Package]]
    ) -> None:
        for batch, package in packages:
            messages = [file for file in package.files if file.kind is FileKind.MESSAGE]

            assert [file.delivery_id for file in messages] == [release.delivery_id for release in batch.releases]
            assert len({file.path for file in messages}) == len(batch.releases)

    def test_the_same_batch_gives_the_same_bytes(
        self, choreography: Choreography, packages: Sequence[tuple[Batch, Package]]
    ) -> None:
        for batch, package in packages:
            assert choreography.lay_out(Batch.model_validate(batch.model_dump())) == package

    def test_a_takedown_needs_no_files(
        self, choreography: Choreography, settings_to_try: Sequence[Mapping[str, Any]]
    ) -> None:
        for each in settings_to_try:
            release = example_release(1, (), subtype=MessageSubtype.TAKEDOWN)
            package = choreography.lay_out(example_batch(release, settings=each))

            assert [file.content for file in package.files if file.kind is FileKind.MESSAGE] == [release.message]
            assert all(file.asset_id is None for file in package.files)

    def test_what_plugins_add_is_laid_out_for_its_release_or_refused(
        self, choreography: Choreography, settings_to_try: Sequence[Mapping[str, Any]]
    ) -> None:
        releases = []
        for number in (1, 2):
            release = example_release(number)
            added = example_file(FileKind.SIDECAR, f"{release.icpn}_notes.txt")
            releases.append(release.model_copy(update={"sidecars": (added,)}))
        for each in settings_to_try:
            batch = example_batch(*releases, settings=each)
            package, faults = _laid_out_or_refused(choreography, batch)

            assert (package is not None) is carries_sidecars(choreography)
            if package is None:
                assert {fault.code for fault in faults} == {"PACKAGE_KIND_UNKNOWN"}
                continue
            _assert_complete_last(package)
            _assert_safe(package)
            placed = [file for file in package.files if file.kind is FileKind.SIDECAR]
            found = {(file.delivery_id, file.asset_id, file.path.rpartition("/")[2], file.hashes) for file in placed}
            wanted = [(release.delivery_id, release.sidecars[0]) for release in releases]
            assert found == {(owner, file.asset_id, file.name, file.hashes) for owner, file in wanted}

    @pytest.mark.parametrize("name", UNSAFE_NAMES)
    def test_a_name_of_a_plugin_that_is_not_safe_everywhere_is_refused(
        self, choreography: Choreography, name: str
    ) -> None:
        added = example_file(FileKind.SIDECAR, "x.txt").model_copy(update={"name": name})
        batch = example_batch(example_release(1).model_copy(update={"sidecars": (added,)}))

        with pytest.raises(DomainErrors) as caught:
            choreography.lay_out(batch)

        expected = "PACKAGE_NAME_UNSAFE" if carries_sidecars(choreography) else "PACKAGE_KIND_UNKNOWN"
        assert expected in {fault.code for fault in caught.value.errors}

    def test_a_purge_is_laid_out_or_refused_with_a_reason(
        self, choreography: Choreography, settings_to_try: Sequence[Mapping[str, Any]]
    ) -> None:
        for each in settings_to_try:
            release = example_release(1, (), type=MessageType.PURGE_RELEASE, subtype=MessageSubtype.TAKEDOWN)
            batch = example_batch(release, settings=each)
            package, faults = _laid_out_or_refused(choreography, batch)

            assert [fault.path for fault in faults] == ([] if package else [("releases", 0, "type")])
            if package is not None:
                _assert_whole(batch, package)
                assert not list(_manifests(package)), "no manifest of DDEX's can list a purge"

    @pytest.mark.parametrize("name", UNSAFE_NAMES)
    def test_a_name_that_is_not_safe_everywhere_is_refused(self, choreography: Choreography, name: str) -> None:
        file = example_file(FileKind.AUDIO, "x.wav").model_copy(update={"name": name})

        with pytest.raises(DomainErrors) as caught:
            choreography.lay_out(example_batch(example_release(1), example_release(2, (), files=(file,))))
        with pytest.raises(DomainError) as uri:
            choreography.resource_uri(FileKind.AUDIO, name)

        assert [(fault.code, fault.path) for fault in caught.value.errors] == [
            ("PACKAGE_NAME_UNSAFE", ("releases", 1, "files", 0, "name"))
        ]
        assert uri.value.code == "PACKAGE_NAME_UNSAFE"

    def test_two_files_of_one_path_are_refused(self, choreography: Choreography) -> None:
        files = (example_file(FileKind.AUDIO, "a.wav"), example_file(FileKind.AUDIO, "A.WAV"))

        with pytest.raises(DomainErrors) as caught:
            choreography.lay_out(example_batch(example_release(1, (), files=files)))

        assert [(fault.code, fault.path) for fault in caught.value.errors] == [
            ("PACKAGE_PATH_DOUBLED", ("releases", 0, "files", 1, "name"))
        ]

    def test_a_file_of_no_known_kind_is_refused(self, choreography: Choreography) -> None:
        files = (example_file(FileKind.AUDIO, "a.xml").model_copy(update={"kind": FileKind.MANIFEST}),)

        with pytest.raises(DomainErrors) as caught:
            choreography.lay_out(example_batch(example_release(1, (), files=files)))
        with pytest.raises(DomainError) as uri:
            choreography.resource_uri(FileKind.MANIFEST, "a.xml")

        assert [fault.code for fault in caught.value.errors] == ["PACKAGE_KIND_UNKNOWN"]
        assert uri.value.code == "PACKAGE_KIND_UNKNOWN"

    def test_an_answer_comes_back(self, choreography: Choreography) -> None:
        if choreography.acknowledgement_folder is None:
            pytest.skip("nobody answers in this choreography")
        release = example_release(1)

        [answer] = choreography.read_acknowledgement("ACK_1.xml", self.answer(release))

        assert answer.message_id in {"", release.message_id}
        assert answer.message_id or answer.release_id in {release.icpn, release.grid}
        assert answer.status is AcknowledgementStatus.LIVE

    def answer(self, release: BatchedRelease) -> bytes:
        """How a platform says that the release is live; override it where it says so otherwise."""
        facts = {"icpn": release.icpn, "message_id": release.message_id, "status": "ReleaseMadeAvailableToConsumers"}
        return ANSWER.format(sender=LABEL.dpid, recipient=DSP.dpid, **facts).encode()

    @_random
    @given(content=st.binary(max_size=300))
    def test_what_is_no_answer_is_refused_with_a_code(self, choreography: Choreography, content: bytes) -> None:
        with pytest.raises(DomainError):
            choreography.read_acknowledgement("ACK_1.xml", content)

    @_random
    @given(data=st.data())
    def test_any_batch_is_laid_out_by_the_rules(
        self,
        choreography: Choreography,
        settings_to_try: Sequence[Mapping[str, Any]],
        kinds: Sequence[FileKind],
        data: st.DataObject,
    ) -> None:
        given_batch = data.draw(batches(kinds))
        batch = given_batch.model_copy(update={"settings": data.draw(st.sampled_from(list(settings_to_try)))})

        package = choreography.lay_out(batch)

        assert package.batch_id == batch.id
        _assert_complete_last(package)
        _assert_safe(package)
        _assert_whole(batch, package)
        _assert_uris(choreography, batch, package)
        _assert_listed(batch, package)


def _has_place(choreography: Choreography, kind: FileKind) -> bool:
    try:
        return bool(choreography.resource_uri(kind, f"name.{EXTENSIONS[kind]}"))
    except DomainError:
        return False


def _laid_out_or_refused(choreography: Choreography, batch: Batch) -> tuple[Package | None, Sequence[DomainError]]:
    try:
        return choreography.lay_out(batch), ()
    except DomainErrors as refusal:
        return None, refusal.errors


def _assert_complete_last(package: Package) -> None:
    markers = [place for place, file in enumerate(package.files) if file.kind is FileKind.COMPLETION]
    if markers:
        assert markers == [len(package.files) - 1]
        return
    # Without a marker the message starts the platform's work: everything of its release is there before.
    last = {file.delivery_id: file.kind for file in package.files}
    assert set(last.values()) == {FileKind.MESSAGE}
    assert package.files[-1].kind is FileKind.MESSAGE


def _assert_safe(package: Package) -> None:
    for file in package.files:
        assert all(SAFE.fullmatch(part) for part in file.path.split("/")), file.path
        assert file.path.startswith(f"{package.folder}/" if package.folder else "")
    assert len({file.path.lower() for file in package.files}) == len(package.files)


def _assert_whole(batch: Batch, package: Package) -> None:
    for release in batch.releases:
        own = [file for file in package.files if file.delivery_id == release.delivery_id]
        found = Counter((file.kind, file.asset_id, file.size) for file in own if file.asset_id is not None)
        assert found == Counter((file.kind, file.asset_id, file.size) for file in release.files)
        written = {kind: [file.content for file in own if file.kind is kind] for kind in FileKind}
        assert written[FileKind.MESSAGE] == [release.message]
        assert written[FileKind.COMPANION] == [companion.content for companion in release.companions]
    whole = {release.delivery_id for release in batch.releases} | {None}
    assert {file.delivery_id for file in package.files} <= whole


def _assert_uris(choreography: Choreography, batch: Batch, package: Package) -> None:
    for release in batch.releases:
        own = [file for file in package.files if file.delivery_id == release.delivery_id]
        [folder] = [file.path.rpartition("/")[0] for file in own if file.kind is FileKind.MESSAGE]
        expected = {(f"asset {file.name}", choreography.resource_uri(file.kind, file.name)) for file in release.files}
        assert {(file.asset_id, _below(folder, file)) for file in own if file.asset_id is not None} == expected
        beside = {choreography.resource_uri(FileKind.COMPANION, each.name) for each in release.companions}
        assert {_below(folder, file) for file in own if file.kind is FileKind.COMPANION} == beside


def _below(folder: str, file: PackageFile) -> str:
    return file.path.removeprefix(f"{folder}/")


def _assert_listed(batch: Batch, package: Package) -> None:
    for manifest in _manifests(package):
        hashes = {
            f".{file.path.removeprefix(package.folder)}": hashlib.md5(
                file.content or b"", usedforsecurity=False
            ).hexdigest()
            for file in package.files
            if file.kind is FileKind.MESSAGE
        }
        entries = list(manifest.iterfind("MessageInBatch"))
        assert manifest.findtext("RootDirectory") == package.folder
        assert manifest.findtext("NumberOfMessages") == str(len(batch.releases))
        assert [entry.findtext("MessageId") for entry in entries] == [each.message_id for each in batch.releases]
        assert {entry.findtext("URL"): _listed_hash(entry) for entry in entries} == hashes


def _listed_hash(entry: etree._Element) -> str | None:
    return entry.findtext("HashSum/HashSumValue") or entry.findtext("HashSum/HashSum")


def _manifests(package: Package) -> Iterator[etree._Element]:
    for file in package.files:
        if file.kind in {FileKind.MANIFEST, FileKind.COMPLETION} and file.path.endswith(".xml") and file.content:
            yield parse_message(file.content).root
