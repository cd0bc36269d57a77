"""`import` on a folder of ERN packages: what people see of it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from distro_api.cli.catalogue_messages import holds_messages, import_messages
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform
from tests.unit.imports.packages import true_release, write_package


@pytest.mark.proves("CLI-23")
async def test_each_release_of_the_folder_is_told(platform: Platform, tenant_a: TenantDocument, tmp_path: Path) -> None:
    folder, files = tmp_path / "packages", tmp_path / "files"
    write_package(folder / "one", true_release(files, tracks=1), files)
    (folder / "two.xml").write_text("<broken>")
    told, again = Console(file=io.StringIO(), width=200), Console(file=io.StringIO(), width=200)

    first = await import_messages(platform, tenant_a.key, folder, None, told)
    (folder / "two.xml").unlink()
    second = await import_messages(platform, tenant_a.key, folder, None, again)

    assert (first, second) == (False, True)
    assert "XML_NOT_WELL_FORMED" in _text(told)
    assert "1 failed, 1 imported; 1 are ready." in _text(told)
    assert "1 exists; 0 are ready." in _text(again)


async def test_a_folder_without_messages(platform: Platform, tenant_a: TenantDocument, tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), width=200)

    assert not holds_messages(tmp_path)
    assert not await import_messages(platform, tenant_a.key, tmp_path, None, console)
    assert "no release; 0 are ready." in _text(console)


def _text(console: Console) -> str:
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()
