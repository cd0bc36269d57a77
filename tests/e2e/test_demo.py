"""The demonstration, run as its user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ENDS = {"initial": "live", "update": "updated", "takedown": "removed"}


@pytest.mark.proves("DDX-10", "PER-03")
def test_one_command_takes_a_catalogue_to_acknowledged_deliveries(tmp_path: Path) -> None:
    facts_file = tmp_path / "facts.json"

    run = subprocess.run(
        [sys.executable, "-m", "distro_api.cli", "demo", "--json", str(facts_file)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    facts = json.loads(facts_file.read_text("utf-8"))
    assert facts["succeeded"] is True
    deliveries = [(entry["subtype"], entry["status"]) for entry in facts["deliveries"]]
    assert sorted(subtype for subtype, _ in deliveries) == ["initial", "initial", "initial", "takedown", "update"]
    assert all(ENDS[subtype] == status for subtype, status in deliveries)
    first = [entry for entry in facts["deliveries"] if entry["subtype"] == "initial"]
    assert sorted(entry["files"] for entry in first) == [6, 9, 16], "message, manifest, marker, audio and cover"
    assert len({entry["batch_id"] for entry in first}) == 1, "three releases travel in one batch"
    assert len({entry["message_id"] for entry in facts["deliveries"]}) == 5
