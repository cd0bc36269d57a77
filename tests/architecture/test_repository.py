"""What must hold for the repository as a whole."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


def source_files() -> list[Path]:
    return [path for path in tracked_files() if path.suffix == ".py"]


def test_import_contracts_hold() -> None:
    result = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stdout


def test_motor_is_imported_in_one_module_only() -> None:
    importing = [
        path.relative_to(ROOT)
        for path in source_files()
        if re.search(r"^\s*(from|import) motor\b", path.read_text("utf-8"), re.MULTILINE)
    ]

    assert importing == [Path("core/distro_core/store/driver.py")]


def test_no_ddex_material_is_part_of_the_repository() -> None:
    suffixes = {path.suffix for path in tracked_files()}

    assert ".xsd" not in suffixes
    assert ".sch" not in suffixes


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock"])
def test_no_lock_file_that_names_registry_hosts_is_kept(name: str) -> None:
    assert [path for path in tracked_files() if path.name == name] == []


def test_the_locks_of_npm_name_no_registry_host() -> None:
    locks = [path for path in tracked_files() if path.name == "package-lock.json"]

    assert [path.parent.name for path in locks] == ["admin"]
    assert [lock for lock in locks if "://" in lock.read_text("utf-8")] == []
