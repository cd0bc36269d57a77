"""Asks a check, and makes of whatever comes of it an answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from distro_core.plugins.dispatcher import describe
from distro_core.plugins.masking import without_secrets
from distro_core.plugins.watch import Watch
from distro_sdk.health import CheckResult, CheckStatus, HealthCheck
from distro_sdk.plugin import PluginContext

LONGEST_DETAIL = 300


@dataclass(frozen=True)
class Finding:
    """What a check found. `critical`: whether the process is not ready while it is down; `at`: when it was asked."""

    plugin: str
    name: str
    title: str
    critical: bool
    result: CheckResult
    at: datetime


async def ask_check(plugin: str, check: HealthCheck, context: PluginContext | None) -> CheckResult:
    """What a check answers; down where it fails, answers nonsense or takes too long.

    A check that fails does not count as a failure of its plugin: it is there to tell that something fails.
    """
    with Watch(check.timeout) as watch:
        outcome = await watch.run(plugin, check.check, context)
    if context is not None:
        outcome = without_secrets(outcome, context)
    if outcome.error is not None:
        return CheckResult(CheckStatus.DOWN, describe(outcome.error)[:LONGEST_DETAIL])
    if not isinstance(outcome.result, CheckResult) or outcome.result.status not in set(CheckStatus):
        return CheckResult(CheckStatus.DOWN, f"it answered {type(outcome.result).__name__}, not CheckResult")
    return replace(outcome.result, detail=str(outcome.result.detail)[:LONGEST_DETAIL])
