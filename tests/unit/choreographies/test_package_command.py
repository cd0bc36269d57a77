"""`package build`: whole packages from release files, judged by the receiver."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from distro_api.cli.main import app
from distro_api.receiver import Arrival, PackageReport, Rules, SchemaFolder, inspect_package
from distro_core.messages.standalone import NOBODY
from tests.delivery.material import cover, tone

SINGLE = Path(__file__).resolve().parents[3] / "examples" / "releases" / "single.json"
MOMENT = "2026-01-31T12:00:00.123Z"
BATCH = "20260131120000123"
FIRST, SECOND = "210000010019", "210000010026"
COMMON = ("--created", MOMENT, "--sender", NOBODY)


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    folder = tmp_path / "assets"
    folder.mkdir()
    for name, content in (("one.wav", tone(440)), ("two.wav", tone(550)), ("cover.jpg", cover())):
        (folder / name).write_bytes(content)
    return folder


def release_file(folder: Path, icpn: str, **changes: Any) -> Path:
    """A release of two tracks that names its files."""
    given = json.loads(SINGLE.read_text("utf-8"))
    given["release"] |= {"id": f"release-{icpn}", "icpn": icpn, **changes}
    for number, track in enumerate(given["release"]["tracks"], 1):
        track["isrc"] = f"QZDST25{icpn[-3:-1]}00{number}"
        track["preview"] = None
    names = {"audio-1-1": "one.wav", "audio-1-2": "two.wav"}
    given["assets"] = [
        {"id": asset["id"], "kind": asset["kind"], "file": names.get(asset["id"], "cover.jpg")}
        for asset in given["assets"]
    ]
    file = folder / f"{icpn}.json"
    file.write_text(json.dumps(given), "utf-8")
    return file


@pytest.fixture
def releases(tmp_path: Path) -> Sequence[Path]:
    return release_file(tmp_path, FIRST), release_file(tmp_path, SECOND)


def run(*options: object) -> Result:
    return CliRunner().invoke(app, ["package", "build", *(str(option) for option in options)], env={"COLUMNS": "200"})


def build(releases: Sequence[Path], assets: Path, output: Path, choreography: str, *options: str) -> Result:
    named = [part for release in releases for part in ("--release", release)]
    return run(*named, "--assets", assets, "-o", output, "--choreography", choreography, *COMMON, *options)


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def judge(output: Path, folder: str, ddex_folder: Path | None, message: str | None = None) -> PackageReport:
    arrival = Arrival("label", output / folder, f"/{folder}", [], message=message)
    return inspect_package(arrival, Rules(schemas=SchemaFolder(ddex_folder)))


PACKAGES = [
    ("batch", (), [(BATCH, None)]),
    ("ddex-sftp", (), [(f"N_{BATCH}", None)]),
    ("ddex-sftp", ("--set-choreography", "priority=P"), [(f"P_{BATCH}", None)]),
    ("ddex-cloud", (), [(BATCH, None)]),
    ("ddex-cloud", ("--set-choreography", "completion=empty_file"), [(BATCH, None)]),
    ("release-by-release", (), [(f"N_{icpn}_{BATCH}", f"{icpn}.xml") for icpn in (FIRST, SECOND)]),
    ("flat", (), [(BATCH, "M1.xml"), (BATCH, "M2.xml")]),
]


@pytest.mark.proves("CHO-08", "NAM-01", "NAM-02")
@pytest.mark.parametrize(("choreography", "options", "units"), PACKAGES)
@pytest.mark.parametrize("format", ["ern/4.3", "ern/4.2", "ern/4.3.2", "ern/3.8.2"])
def test_two_releases_become_a_package_that_the_receiver_accepts(  # noqa: PLR0917 (pytest passes by name)
    releases: Sequence[Path],
    assets: Path,
    tmp_path: Path,
    ddex_folder: Path,
    choreography: str,
    options: Sequence[str],
    units: Sequence[tuple[str, str | None]],
    format: str,
) -> None:
    output = tmp_path / "package"

    built = build(
        releases, assets, output, choreography, *options, "--format", format, "--message-id", "M1", "--message-id", "M2"
    )

    assert built.exit_code == 0, built.output
    reports = [judge(output, folder, ddex_folder, message) for folder, message in units]
    assert [finding for report in reports for finding in report.all_findings if finding.code != "ORDER_UNKNOWN"] == []
    assert [message.icpn for report in reports for message in report.messages] == [FIRST, SECOND]
    assert {path.partition("/")[0] for path in files(output)} == {folder for folder, _ in units}


def test_the_same_order_gives_the_same_files(releases: Sequence[Path], assets: Path, tmp_path: Path) -> None:
    ids = ("--message-id", "M1", "--message-id", "M2")

    for name in ("first", "second"):
        assert build(releases, assets, tmp_path / name, "ddex-sftp", *ids).exit_code == 0

    assert files(tmp_path / "first") == files(tmp_path / "second")


def test_progress_is_told_on_stderr_and_nothing_on_stdout(
    releases: Sequence[Path], assets: Path, tmp_path: Path
) -> None:
    built = build(releases[:1], assets, tmp_path / "package", "batch", "--message-id", "M1")

    assert built.stdout == ""
    assert f"[1/6] {BATCH}/BatchManifest.xml" in built.stderr
    assert f"[6/6] {BATCH}/BatchComplete.txt (18 bytes)" in built.stderr
    assert "6 files" in built.stderr


@pytest.mark.parametrize("choreography", ["batch", "ddex-sftp", "release-by-release", "flat"])
@pytest.mark.parametrize("format", ["ern/4.3", "ern/3.8.2"])
def test_a_mead_message_travels_beside_its_release(
    tmp_path: Path, assets: Path, ddex_folder: Path, choreography: str, format: str
) -> None:
    release = release_file(tmp_path, FIRST, enrichment={"moods": ["Happy"]})
    options = ("--companion", "mead/1.1", "--format", format, "--message-id", "M1")

    built = build([release], assets, tmp_path / "package", choreography, *options)

    [folder] = [path.name for path in (tmp_path / "package").iterdir()]
    message = {"flat": "M1.xml", "release-by-release": f"{FIRST}.xml"}.get(choreography)
    report = judge(tmp_path / "package", folder, ddex_folder, message)
    assert built.exit_code == 0, built.output
    assert [path for path in files(tmp_path / "package") if "/MEAD_" in path]
    assert [(finding.code, finding.path) for finding in report.all_findings if finding.code != "ORDER_UNKNOWN"] == []


def test_a_takedown_is_a_package_without_files(
    releases: Sequence[Path], assets: Path, tmp_path: Path, ddex_folder: Path
) -> None:
    built = build(releases, assets, tmp_path / "package", "batch", "--type", "takedown")

    report = judge(tmp_path / "package", BATCH, ddex_folder)
    assert built.exit_code == 0, built.output
    assert (report.codes, [message.status for message in report.messages]) == ([], ["ReleaseNotAvailable"] * 2)
    assert len(report.files) == 4


def test_a_purge_travels_where_no_manifest_must_name_it(
    releases: Sequence[Path], assets: Path, tmp_path: Path, ddex_folder: Path
) -> None:
    refused = build(releases, assets, tmp_path / "refused", "ddex-sftp", "--type", "purge")
    built = build(releases, assets, tmp_path / "package", "release-by-release", "--type", "purge")

    report = judge(tmp_path / "package", f"N_{FIRST}_{BATCH}", ddex_folder, f"{FIRST}.xml")
    assert (refused.exit_code, refused.stderr.count("MESSAGE_TYPE_UNLISTED")) == (1, 2)
    assert built.exit_code == 0, built.output
    assert (report.codes, report.messages[0].type) == ([], "PurgeReleaseMessage")


def test_what_is_wrong_with_each_release_is_told_with_its_path(tmp_path: Path, assets: Path) -> None:
    good = release_file(tmp_path, FIRST)
    bad = release_file(tmp_path, SECOND, release_date=None, p_line=None)

    built = build([good, bad], assets, tmp_path / "package", "batch")

    assert built.exit_code == 1
    assert f"{good}: " not in built.stderr
    assert "RELEASE_DATE_MISSING" in built.stderr
    assert "release.release_date" in built.stderr
    assert not (tmp_path / "package").exists()


def test_every_release_file_is_read_before_anything_is_refused(tmp_path: Path, assets: Path) -> None:
    broken = [tmp_path / "a.json", tmp_path / "b.json"]
    broken[0].write_text("{")
    broken[1].write_text('{"release": {}}')

    built = build(broken, assets, tmp_path / "package", "batch")

    assert built.exit_code == 1
    assert "RELEASE_FILE_MALFORMED" in built.stderr
    assert "FIELD_MISSING" in built.stderr


def test_an_asset_in_full_is_found_by_its_name_and_must_be_what_it_says(tmp_path: Path, assets: Path) -> None:
    given = json.loads(SINGLE.read_text("utf-8"))
    release = tmp_path / "release.json"
    release.write_text(json.dumps(given), "utf-8")

    missing = build([release], assets, tmp_path / "package", "batch")
    for asset in given["assets"]:
        (assets / asset["file_name"]).write_bytes(b"something else")
    changed = build([release], assets, tmp_path / "package", "batch")

    assert (missing.exit_code, missing.stderr.count("FILE_MISSING")) == (1, 3)
    assert (changed.exit_code, "CONTENT_HASH_WRONG" in changed.stderr) == (1, True)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["assets"]


def test_a_file_outside_the_folder_is_not_packed(tmp_path: Path, assets: Path) -> None:
    given = json.loads(SINGLE.read_text("utf-8"))
    given["assets"][0]["file_name"] = "../secret.wav"
    (tmp_path / "secret.wav").write_bytes(b"secret")
    release = tmp_path / "release.json"
    release.write_text(json.dumps(given), "utf-8")

    built = build([release], assets, tmp_path / "package", "batch")

    assert (built.exit_code, "FILE_OUTSIDE_FOLDER" in built.stderr) == (1, True)


def test_releases_of_different_senders_do_not_travel_together(
    tmp_path: Path, releases: Sequence[Path], assets: Path
) -> None:
    given = json.loads(releases[1].read_text("utf-8"))
    label = next(each for each in given["parties"] if each["id"] == given["release"]["label_party_id"])
    label["dpid"] = "PADPIDA20141015013"
    releases[1].write_text(json.dumps(given), "utf-8")
    named = [part for release in releases for part in ("--release", release)]

    built = run(*named, "--assets", assets, "-o", tmp_path / "package", "--choreography", "batch")

    assert (built.exit_code, "BATCH_SENDERS_DIFFER" in built.stderr) == (1, True)


@pytest.mark.parametrize(
    ("choreography", "options", "said"),
    [
        ("by-pigeon", (), "CHOREOGRAPHY_UNKNOWN"),
        ("ddex-sftp", ("--set-choreography", "priority=X"), "CHOREOGRAPHY_SETTING_INVALID"),
        ("batch", ("--format", "ern/9"), "FORMAT_UNKNOWN"),
        ("batch", ("--batch-id", "20261331120000123"), "BATCH_ID_INVALID"),
    ],
)
def test_an_order_that_cannot_be_met_is_refused(  # noqa: PLR0917 (pytest passes by name)
    releases: Sequence[Path], assets: Path, tmp_path: Path, choreography: str, options: Sequence[str], said: str
) -> None:
    built = build(releases[:1], assets, tmp_path / "package", choreography, *options)

    assert (built.exit_code, said in built.stderr) == (1, True)
    assert not (tmp_path / "package").exists()


@pytest.mark.parametrize(
    "options",
    [
        ("--type", "catalog-list"),
        ("--message-id", "M1", "--message-id", "M2", "--message-id", "M3"),
        ("--batch-id", "today"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused(
    releases: Sequence[Path], assets: Path, tmp_path: Path, options: Sequence[str]
) -> None:
    assert build(releases, assets, tmp_path / "package", "batch", *options).exit_code == 2


def test_a_folder_with_something_in_it_is_left_alone(releases: Sequence[Path], assets: Path, tmp_path: Path) -> None:
    output = tmp_path / "package"
    output.mkdir()
    empty = build(releases, assets, output, "batch")
    (output / "mine.txt").write_text("mine")
    before = files(output)

    taken = build(releases, assets, output, "batch")

    assert empty.exit_code == 0
    assert (taken.exit_code, "PACKAGE_FOLDER_TAKEN" in taken.stderr) == (1, True)
    assert files(output) == before


def test_what_breaks_off_leaves_nothing_behind(
    releases: Sequence[Path], assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("distro_core.messages.packages._copy", full)

    built = build(releases, assets, tmp_path / "package", "batch")

    assert built.exit_code == 1
    assert isinstance(built.exception, OSError)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["assets"]


def test_images_and_a_booklet_that_a_partner_does_not_take_do_not_travel(assets: Path, tmp_path: Path) -> None:
    (assets / "back.jpg").write_bytes(cover())
    (assets / "book.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n")
    file = release_file(tmp_path, FIRST, booklet_asset_id="book")
    given = json.loads(file.read_text("utf-8"))
    given["release"]["images"].append({"asset_id": "back", "type": "BackCover"})
    given["assets"] += [
        {"id": "back", "kind": "image", "file": "back.jpg"},
        {"id": "book", "kind": "document", "file": "book.pdf"},
    ]
    file.write_text(json.dumps(given), "utf-8")

    whole = build([file], assets, tmp_path / "whole", "flat")
    bare = build([file], assets, tmp_path / "bare", "flat", "--cover-only", "--no-booklet")

    assert (whole.exit_code, bare.exit_code) == (0, 0), whole.output + bare.output
    left_out = {Path(name).name for name in files(tmp_path / "whole")} - {
        Path(name).name for name in files(tmp_path / "bare")
    }
    assert {f"{FIRST}_02.jpg", f"{FIRST}_booklet.pdf"} <= left_out
