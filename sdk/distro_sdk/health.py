"""Checks by which a plugin tells how what it needs does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

CHECK_NAME: Final = r"^[a-z][a-z0-9-]{0,40}$"
MOST_CHECKS: Final = 10
"""Checks that one plugin may have."""

LONGEST_CHECK: Final = 120.0
"""Seconds that a check may ask for."""


class CheckStatus(StrEnum):
    """What a check found. `unused`: there is nothing to look at, because nothing is set up."""

    UP = "up"
    DOWN = "down"
    UNUSED = "unused"


@dataclass(frozen=True)
class CheckResult:
    """What a check found, and a sentence for people, without secrets."""

    status: CheckStatus
    detail: str = ""


Check = Callable[[Any], Awaitable[CheckResult]]
"""Takes the `PluginContext` of the tenant that asks, or None where the operator asks for the whole process."""


@dataclass(frozen=True)
class HealthCheck:
    """A check. `name`: among those of the plugin; `title`: for people; `timeout`: seconds, after which it is down.

    `critical`: whether a process that finds it down counts as not ready; only a built-in plugin's word counts there.
    """

    name: str
    title: str
    check: Check
    timeout: float = 5.0
    critical: bool = False
