"""Imports a plugin on trial, in a process that is thrown away, before it may enter any that counts."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile

from pydantic import ValidationError

from distro_core.marketplace.install.trial_process import TrialReport, TrialRequest
from distro_sdk.errors import DomainError

LONGEST_REPORT = 1024**2


async def try_plugin(request: TrialRequest, patience: float) -> TrialReport:
    """What a trial says. `patience`: seconds; raises PLUGIN_TRIAL_FAILED where the plugin cannot be used."""
    report = await _run(request, patience)
    if report.fault is not None:
        raise _failed(report.fault)
    return report


async def _run(request: TrialRequest, patience: float) -> TrialReport:
    with tempfile.TemporaryDirectory(prefix="stardust-distro-trial-") as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-m",
            "distro_core.marketplace.install.trial_process",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=folder,
            # Nothing of the platform's environment: it holds secrets.
            env={"HOME": folder, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
            start_new_session=True,
            limit=LONGEST_REPORT,
        )
        try:
            async with asyncio.timeout(patience):
                written, _ = await process.communicate(request.model_dump_json().encode())
        except TimeoutError as error:
            raise _failed(f"it was not imported within {patience:g} seconds") from error
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    try:
        return TrialReport.model_validate_json(written)
    except ValidationError as error:
        raise _failed(f"its process ended with code {process.returncode} and said nothing") from error


def _failed(reason: str) -> DomainError:
    return DomainError("PLUGIN_TRIAL_FAILED", f"the plugin cannot be used: {reason}")
