"""An author who types what docs/plugin-development.md tells them to, word for word."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "plugin-development.md"
WITHOUT_PLATFORM = "import sys\nsys.modules.update(dict.fromkeys(('distro_core', 'distro_api', 'distro_plugins')))\n"


def blocks(section: str) -> list[str]:
    """The commands below a heading of the page."""
    text = PAGE.read_text("utf-8").partition(f"### {section}\n")[2].partition("\n### ")[0]
    found = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found, section
    return found


def type_in(folder: Path, commands: list[str], **environment: str) -> str:
    """Run commands in one shell that stops at the first failure; what they printed, and then what they exported."""
    program = "\n".join(["set -euo pipefail", *commands, "export -p"])
    run = subprocess.run(
        ["bash", "-c", program],
        cwd=folder,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    return run.stdout


def exported(output: str, name: str) -> str:
    """The value of a variable that the commands exported."""
    found = re.search(rf'^declare -x {name}="(.*)"$', output, re.MULTILINE)
    assert found is not None, name
    return found[1].replace('\\"', '"')


@pytest.fixture(scope="session")
def author_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An author's folder: with the SDK alone three plugins were made, tested with the kit, packed and signed.

    Copy it. It is made once, for all processes of the suite.
    """
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own) / "author"
    folder.mkdir(exist_ok=True)
    made, without_platform = folder / "made", folder / "without-platform"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.is_dir():
            written = folder / "written"
            written.mkdir()
            without_platform.mkdir()
            (without_platform / "sitecustomize.py").write_text(WITHOUT_PLATFORM)
            printed = type_in(written, blocks("With the SDK alone"), PYTHONPATH=str(without_platform))
            assert len(re.findall(r"^ok +tests$", printed, re.MULTILINE)) == 3
            assert len(list(written.glob("night-*/dist/*.whl.signature.json"))) == 3
            written.rename(made)
    return made
