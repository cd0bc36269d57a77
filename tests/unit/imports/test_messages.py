"""A folder of ERN packages becomes releases with files: each whole or not at all, none twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.complete import load_complete_release
from distro_core.catalogue.documents import PartyDocument, ReleaseDocument
from distro_core.catalogue.releases import ReleaseService
from distro_core.imports.messages import MessageImporter, PackageReport, PackageStatus
from distro_core.messages.comparison import Told, compare_releases
from distro_core.scope import Scope
from distro_core.validation.schemas import SchemaLibrary
from distro_sdk.errors import DomainError
from distro_sdk.models.catalogue import CompleteRelease, ProprietaryId, Release, ReleaseStatus
from distro_sdk.models.message import MessageSubtype, TakedownForm
from distro_sdk.plugin import Plugin, PluginContext
from tests.catalogue_examples import MOMENT
from tests.unit.catalogue.examples import icpn, with_plugins
from tests.unit.imports.packages import BUILDERS, true_release, write_package

IMPORTED, EXISTS, SUPERSEDED, WITHDRAWN, FAILED = PackageStatus


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the example release."""
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def complete(files: Path) -> CompleteRelease:
    """A release of two tracks with true files."""
    return true_release(files)


async def run(scope: Scope, folder: Path, **options: Any) -> list[PackageReport]:
    return [report async for report in MessageImporter(scope, **options).run(folder)]


async def counts(scope: Scope) -> tuple[int, int, int]:
    """How many releases, assets and parties there are."""
    kinds = (ReleaseDocument, AssetDocument, PartyDocument)
    numbers = [await scope.store.collection(kind).count({}) for kind in kinds]
    return numbers[0], numbers[1], numbers[2]


async def stored_objects(scope: Scope) -> int:
    """How many files lie in the tenant's storage."""
    folder = scope.settings.data_path / "objects" / scope.tenant_key / "assets"
    return sum(path.is_file() for path in folder.rglob("*")) if folder.is_dir() else 0


@pytest.mark.proves("IMP-04")
@pytest.mark.parametrize("format", BUILDERS)
async def test_a_package_becomes_a_ready_release_that_says_the_same(
    label_a: Scope, tmp_path: Path, files: Path, complete: CompleteRelease, format: str
) -> None:
    write_package(tmp_path / "batch" / "one", complete, files, format=format)

    (report,) = await run(label_a, tmp_path)

    assert (report.status, report.ready, report.issues) == (IMPORTED, True, ())
    assert (report.path, report.number, report.total) == ("batch/one/0094631432057.xml", 1, 1)
    document = await ReleaseService(label_a).get(report.release_id or "")
    stored = await load_complete_release(label_a.store, document)
    differences = compare_releases(Told(complete=complete), Told(complete=stored))
    # ERN 4 has one word for producers; nothing else is lost on the way.
    assert {one.path[-2] for one in differences} <= {"roles"}


async def test_what_a_message_tells_of_parties_is_kept(
    label_a: Scope, tmp_path: Path, files: Path, complete: CompleteRelease
) -> None:
    artist = complete.parties[0].model_copy(
        update={
            "name_indexed": "Tides, Åsa & The",
            "ipn": "10055632",
            "dpid": "PADPIDA2014120301L",
            "proprietary_ids": (ProprietaryId(namespace="PADPIDA2013020802I", value="77"),),
        }
    )
    told = complete.model_copy(update={"parties": (artist, *complete.parties[1:])})
    write_package(tmp_path, told, files)

    (report,) = await run(label_a, tmp_path)

    assert report.status is IMPORTED
    found = await label_a.store.collection(PartyDocument).find_one({"name": artist.name})
    assert found is not None
    assert (found.name_indexed, found.ipn, found.dpid) == ("Tides, Åsa & The", "10055632", "PADPIDA2014120301L")
    assert found.proprietary_ids == artist.proprietary_ids


@pytest.mark.proves("IMP-11")
async def test_the_same_folder_again_doubles_nothing(
    label_a: Scope, tmp_path: Path, files: Path, complete: CompleteRelease
) -> None:
    write_package(tmp_path, complete, files)
    (first,) = await run(label_a, tmp_path)
    before = await counts(label_a), await stored_objects(label_a)

    (again,) = await run(label_a, tmp_path)

    assert (again.status, again.release_id) == (EXISTS, first.release_id)
    assert (await counts(label_a), await stored_objects(label_a)) == before


async def test_two_tenants_import_the_same_folder_apart(
    label_a: Scope, label_b: Scope, tmp_path: Path, files: Path, complete: CompleteRelease
) -> None:
    write_package(tmp_path, complete, files)

    (ours,) = await run(label_a, tmp_path)
    assert await counts(label_b) == (0, 0, 0)
    (theirs,) = await run(label_b, tmp_path)

    assert (ours.status, theirs.status) == (IMPORTED, IMPORTED)
    assert ours.release_id != theirs.release_id
    assert await counts(label_a) == await counts(label_b)
    assert (await counts(label_a))[:2] == (1, 3)


async def test_a_bad_package_stops_no_other_and_leaves_nothing_behind(
    label_a: Scope, tmp_path: Path, files: Path, complete: CompleteRelease
) -> None:
    write_package(tmp_path / "a", complete, files)
    other = complete.model_copy(update={"release": complete.release.model_copy(update={"icpn": icpn(77)})})
    missing = write_package(tmp_path / "b", other, files)
    next((tmp_path / "b" / "audio").iterdir()).unlink()
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "broken.xml").write_text("<a>")
    (tmp_path / "c" / "BatchComplete.xml").write_text('<m xmlns="http://ddex.net/xml/ern-c-sftp/16"/>')
    (tmp_path / "c" / "old.xml").write_text('<m xmlns="http://ddex.net/xml/ern/37"/>')

    reports = {report.path: report for report in await run(label_a, tmp_path)}

    assert {path: report.status for path, report in reports.items()} == {
        "a/0094631432057.xml": IMPORTED,
        str(missing.relative_to(tmp_path)): FAILED,
        "c/broken.xml": FAILED,
        "c/old.xml": FAILED,
    }
    codes = {path: [issue.code for issue in report.issues] for path, report in reports.items()}
    assert codes["c/broken.xml"] == ["XML_NOT_WELL_FORMED"]
    assert codes["c/old.xml"] == ["NAMESPACE_UNKNOWN"]
    assert codes[str(missing.relative_to(tmp_path))] == ["FILE_MISSING"]
    assert (await counts(label_a))[:2] == (1, 3)
    assert {report.total for report in reports.values()} == {4}


async def test_a_file_that_is_not_the_one_that_was_meant(
    label_a: Scope, tmp_path: Path, files: Path, complete: CompleteRelease
) -> None:
    write_package(tmp_path, complete, files)
    first, second = sorted((tmp_path / "audio").iterdir())
    first.write_bytes(second.read_bytes())

    (report,) = await run(label_a, tmp_path)

    assert (report.status, [issue.code for issue in report.issues]) == (FAILED, ["FILE_HASH_WRONG"])
    assert await counts(label_a) == (0, 0, 0)


async def test_a_file_that_is_no_audio_takes_the_others_with_it(
    label_a: Scope, tmp_path: Path, files: Path, complete: CompleteRelease
) -> None:
    message = write_package(tmp_path, complete, files)
    last = max((tmp_path / "audio").iterdir())
    last.write_bytes(b"no audio at all")
    text = message.read_text()
    hashes = text.count("<HashSum>")
    while "<HashSum>" in text:
        start, end = text.index("<HashSum>"), text.index("</HashSum>") + len("</HashSum>")
        text = text[:start] + text[end:]
    message.write_text(text)

    (report,) = await run(label_a, tmp_path)

    assert hashes == 3
    assert (report.status, [issue.code for issue in report.issues]) == (FAILED, ["FILE_TYPE_UNKNOWN"])
    assert await counts(label_a) == (0, 0, 0)
    assert await stored_objects(label_a) == 0


class Refusing(Plugin):
    """A plugin that wants no release."""

    id = "refusing"

    async def before_release(self, context: PluginContext, release: Release) -> Release:
        raise DomainError("NOT_FOR_US", "no")


async def test_a_release_that_is_refused_takes_its_files_with_it(
    label_a: Scope, tmp_path: Path, files: Path, complete: CompleteRelease
) -> None:
    write_package(tmp_path, complete, files)
    scope = with_plugins(label_a, Refusing())
    object.__setattr__(scope.plugins, "message_readers", label_a.plugins.message_readers)

    (report,) = await run(scope, tmp_path)

    assert (report.status, [issue.code for issue in report.issues]) == (FAILED, ["NOT_FOR_US"])
    assert (await counts(label_a))[:2] == (0, 0)
    assert await stored_objects(label_a) == 0


async def test_the_latest_message_holds_with_files_that_came_earlier(
    label_a: Scope, tmp_path: Path, files: Path, complete: CompleteRelease
) -> None:
    write_package(tmp_path / "1", complete, files)
    renamed = complete.model_copy(update={"release": complete.release.model_copy(update={"title": "High Tide"})})
    everything = frozenset(asset.id for asset in complete.assets)
    write_package(
        tmp_path / "2",
        renamed,
        files,
        subtype=MessageSubtype.UPDATE,
        created_at=MOMENT + timedelta(days=1),
        without=everything,
    )

    older, newest = await run(label_a, tmp_path)

    assert (older.status, older.path) == (SUPERSEDED, "1/0094631432057.xml")
    assert (newest.status, newest.title, newest.without_files) == (IMPORTED, "High Tide", ())
    assert newest.ready
    (release,) = (await ReleaseService(label_a).page()).documents
    assert (release.title, len(release.named_assets)) == ("High Tide", 3)


async def test_a_file_of_an_earlier_message_is_the_one_that_it_told_of(
    label_a: Scope, tmp_path: Path, files: Path, complete: CompleteRelease
) -> None:
    write_package(tmp_path / "1", complete, files)
    first, second = sorted((tmp_path / "1" / "audio").iterdir())
    first.write_bytes(second.read_bytes())
    everything = frozenset(asset.id for asset in complete.assets)
    later = MOMENT + timedelta(days=1)
    write_package(tmp_path / "2", complete, files, subtype=MessageSubtype.UPDATE, created_at=later, without=everything)

    _, newest = await run(label_a, tmp_path)

    assert (newest.status, [issue.code for issue in newest.issues]) == (FAILED, ["FILE_HASH_WRONG"])
    assert await counts(label_a) == (0, 0, 0)


async def test_a_release_without_its_files_is_a_draft(
    label_a: Scope, tmp_path: Path, files: Path, complete: CompleteRelease
) -> None:
    write_package(tmp_path, complete, files, without=frozenset(asset.id for asset in complete.assets))

    (report,) = await run(label_a, tmp_path)

    assert (report.status, report.ready, len(report.without_files)) == (IMPORTED, False, 3)
    assert "AUDIO_MISSING" in {issue.code for issue in report.issues}
    (release,) = (await ReleaseService(label_a).page()).documents
    assert release.status is ReleaseStatus.DRAFT


async def test_what_was_taken_down_is_not_imported(
    label_a: Scope, tmp_path: Path, files: Path, complete: CompleteRelease
) -> None:
    write_package(tmp_path / "1", complete, files)
    write_package(
        tmp_path / "2",
        complete,
        files,
        subtype=MessageSubtype.TAKEDOWN,
        takedown_form=TakedownForm.PURGE,
        created_at=MOMENT + timedelta(days=1),
    )

    older, newest = await run(label_a, tmp_path)

    assert (older.status, newest.status) == (SUPERSEDED, WITHDRAWN)
    assert await counts(label_a) == (0, 0, 0)


async def test_a_message_that_breaks_its_schema_is_not_imported(
    label_a: Scope, tmp_path: Path, files: Path, complete: CompleteRelease, ddex_folder: Path
) -> None:
    message = write_package(tmp_path, complete, files)
    message.write_text(message.read_text().replace("<ReleaseList>", "<Surprise/><ReleaseList>"))

    (report,) = await run(label_a, tmp_path, schemas=SchemaLibrary(ddex_folder))

    assert (report.status, report.issues[0].code) == (FAILED, "SCHEMA_INVALID")
    assert await counts(label_a) == (0, 0, 0)


async def test_a_wrong_identifier_is_told_with_its_place(
    label_a: Scope, tmp_path: Path, files: Path, complete: CompleteRelease
) -> None:
    message = write_package(tmp_path, complete, files)
    message.write_text(message.read_text().replace("QZNLR2600002", "12NLR2600002"))

    (report,) = await run(label_a, tmp_path)

    assert report.status is FAILED
    assert [(issue.code, issue.message.split(":")[0]) for issue in report.issues] == [("ISRC_INVALID", "tracks.1.isrc")]
    assert (await counts(label_a))[:2] == (0, 0)


async def test_an_empty_folder(label_a: Scope, tmp_path: Path) -> None:
    assert await run(label_a, tmp_path) == []
