"""Files that no message names are judged by the list beside them."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from distro_api.receiver import Arrival, PackageReport, Rules, inspect_package
from tests.receiver_packages import ICPN, HandMadePackage, HandMadeRelease, hand_made_package

NOTES = b"Mixed at night.\n"
PLACE = f"Release1/sidecars/{ICPN}_notes.txt"
LIST = "Release1/sidecars/M1.sha256"


def with_notes() -> HandMadePackage:
    package = hand_made_package([HandMadeRelease("M1")])
    marker = package.files.popitem()
    package.files[PLACE] = NOTES
    package.files[LIST] = f"{sha256(NOTES).hexdigest()}  {ICPN}_notes.txt\n".encode()
    package.files.update([marker])
    return package


def inspect(package: HandMadePackage, root: Path) -> PackageReport:
    folder = package.write(root)
    return inspect_package(Arrival("label", folder, f"/{folder.name}", [], {}), Rules())


def found(report: PackageReport) -> list[tuple[str, str]]:
    return [(each.code, each.path) for each in report.all_findings if each.severity.value == "error"]


@pytest.mark.proves("PLG-09")
def test_listed_files_are_part_of_the_package(tmp_path: Path) -> None:
    report = inspect(with_notes(), tmp_path)

    assert found(report) == []
    assert {PLACE, LIST} <= {file.path for file in report.files}


@pytest.mark.parametrize(
    ("change", "findings"),
    [
        (lambda files: files.update({PLACE: b"other"}), [("FILE_HASH", PLACE)]),
        (lambda files: files.pop(PLACE), [("FILE_MISSING", PLACE)]),
        (lambda files: files.pop(LIST), [("FILE_UNNAMED", PLACE)]),
        (
            lambda files: files.update({"Release1/sidecars/more.txt": b""}),
            [("FILE_UNNAMED", "Release1/sidecars/more.txt")],
        ),
        (lambda files: files.update({LIST: files[LIST] + b"../evil  x\n"}), [("SIDECAR_LIST", LIST)]),
        (lambda files: files.update({LIST: files[LIST] + b"\xff\n"}), [("SIDECAR_LIST", LIST)]),
        (
            lambda files: files.update({LIST: b"0" * 64 + b"  ../M1.xml\n"}),
            [("SIDECAR_LIST", LIST), ("FILE_UNNAMED", PLACE)],
        ),
    ],
    ids=["other bytes", "missing", "no list", "not listed", "no hash", "no text", "leads out"],
)
def test_what_is_not_as_listed_is_found(
    tmp_path: Path, change: Callable[[dict[str, bytes]], object], findings: list[tuple[str, str]]
) -> None:
    package = with_notes()
    change(package.files)

    assert sorted(found(inspect(package, tmp_path))) == sorted(findings)
