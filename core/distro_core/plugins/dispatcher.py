"""Calls asynchronous hooks: one plugin at a time, each with a timeout, each with a named outcome.

A refusal or a failure in a `before_*` hook or in `prepare_message` stops what was asked for, with the plugin's name in
the error: what a plugin was meant to check or amend must not go on unchecked. A failure in `after_*`, `tenant_*` or
`on_event` is logged and stops nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from distro_core.plugins.circuits import RESTS, PluginCircuits, resting
from distro_core.plugins.masking import MaskedError, without_secrets
from distro_core.plugins.watch import Outcome, Watch
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.migrations import MIGRATION_FAILED
from distro_sdk.plugin import FEATURE_REQUIRED, PluginContext

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")

log = structlog.get_logger("distro.plugins")

DEFAULT_TIMEOUT = 30.0


class Implementation(NamedTuple):
    """A plugin's own version of a hook, with the context it is called with."""

    plugin: str
    function: Callable[..., Awaitable[Any]]
    context: PluginContext


class Dispatcher:
    """`timeout`: seconds that one call may take; `trace`: write every call to the log (`DISTRO_TRACE_PLUGINS`);
    `circuits`: which plugins are left alone because they failed again and again, None where that is not known.
    """

    def __init__(
        self, timeout: float = DEFAULT_TIMEOUT, *, trace: bool = False, circuits: PluginCircuits | None = None
    ) -> None:
        self.timeout = timeout
        self.trace = trace
        self.circuits = circuits
        self._suspects = circuits.suspects if circuits else {}

    async def tell(self, hook: str, implementations: Sequence[Implementation], value: object) -> bool:
        """Tell every plugin; False when one failed. Failures are logged."""
        told = True
        for outcome in await self.walk(hook, implementations, value):
            told = self.report(hook, outcome) and told
        return told

    async def ask(self, hook: str, implementations: Sequence[Implementation], value: object) -> None:
        """Ask every plugin; raises `DomainErrors` with the reasons of all that refuse or fail."""
        refusals: list[DomainError] = []
        for outcome in await self.walk(hook, implementations, value):
            refusals += _refusals(hook, outcome)
        if refusals:
            raise DomainErrors(refusals)

    async def consult(
        self, hook: str, implementations: Sequence[Implementation], value: object, read: Callable[[object], T]
    ) -> list[tuple[str, T]]:
        """Ask every plugin and return what each answers, by its id; one that does nothing for want of a licence is out.

        `read`: checks an answer, and raises where it is none. Raises `DomainErrors` with the reasons of all that
        refuse, fail or answer nonsense.
        """
        answers: list[tuple[str, T]] = []
        refusals: list[DomainError] = []
        for implementation in implementations:
            (outcome,) = await self.walk(hook, (implementation,), value, checked_later=True)
            if outcome.error is None:
                try:
                    answers.append((outcome.plugin, read(outcome.result)))
                except Exception as error:  # noqa: BLE001 (nonsense of a plugin may fail in any way)
                    outcome = outcome._replace(error=error)
                await self._note(implementation.plugin, implementation.context.tenant_id, outcome)
            refusals += _refusals(hook, outcome)
        if refusals:
            raise DomainErrors(refusals)
        return answers

    async def chain(self, hook: str, implementations: Sequence[Implementation], value: M, *, identity: str) -> M:
        """Hand a value from plugin to plugin and return the last one's.

        `identity`: the field that no plugin may change. Raises `DomainError`: a plugin's own refusal, or PLUGIN_FAILED
        naming the plugin that failed, took too long or returned something that is no valid value of the same type.
        """
        for implementation in implementations:
            (outcome,) = await self.walk(hook, (implementation,), value, checked_later=True)
            if refusals := _refusals(hook, outcome):
                raise refusals[0] if len(refusals) == 1 else DomainErrors(refusals)
            if outcome.error is not None:
                continue
            tenant_id = implementation.context.tenant_id
            try:
                value = _checked(hook, outcome, value, identity)
            except DomainError as error:
                nonsense = RuntimeError(error.message)
                await self._note(implementation.plugin, tenant_id, outcome._replace(error=nonsense))
                raise
            await self._note(implementation.plugin, tenant_id, outcome)
        return value

    async def call(self, hook: str, implementation: Implementation, value: object) -> Any:
        """What one plugin answers; raises `DomainError`: its own refusal, or PLUGIN_FAILED.

        Unlike a hook that ends quietly for want of a licence, an answer that was asked for is refused.
        """
        (outcome,) = await self.walk(hook, (implementation,), value)
        if isinstance(outcome.error, DomainError) and outcome.error.code == FEATURE_REQUIRED:
            raise outcome.error
        if refusals := _refusals(hook, outcome):
            raise refusals[0] if len(refusals) == 1 else DomainErrors(refusals)
        return outcome.result

    async def walk(
        self,
        hook: str,
        implementations: Sequence[Implementation],
        value: object,
        *,
        checked_later: bool = False,
        seconds: float | None = None,
    ) -> list[Outcome]:
        """Call one plugin after the other and return what came of each.

        `checked_later`: whether the caller itself notes that a plugin did well, once it has seen what it returned;
        `seconds`: that one call may take, where they are not those of every hook.
        """
        outcomes: list[Outcome] = []
        if not implementations:
            return outcomes
        suspects, trace = self._suspects, self.trace
        with Watch(seconds or self.timeout) as watch:
            for plugin, function, context in implementations:
                if suspects and not await self._admits(plugin, context.tenant_id):
                    outcomes.append(Outcome(plugin, None, resting(plugin), 0.0))
                    continue
                outcome = await watch.run(plugin, function, context, value)
                if outcome.error is not None:
                    outcome = without_secrets(outcome, context)
                outcomes.append(outcome)
                if outcome.error is not None or (suspects and not checked_later):
                    await self._note(plugin, context.tenant_id, outcome)
                if trace:
                    _trace(hook, context.tenant_id, outcome)
        return outcomes

    async def _admits(self, plugin: str, tenant_id: str) -> bool:
        return self.circuits is None or await self.circuits.admits(plugin, tenant_id)

    async def _note(self, plugin: str, tenant_id: str, outcome: Outcome) -> None:
        """Let the circuit know what came of a call; a refusal is no failure."""
        if self.circuits is None:
            return
        if outcome.error is not None and not isinstance(outcome.error, DomainError):
            await self.circuits.note_failure(plugin, tenant_id, describe(outcome.error))
        elif (plugin, tenant_id) in self._suspects:
            await self.circuits.note_success(plugin, tenant_id)

    async def run(
        self, hook: str, plugin: str, function: Callable[..., Awaitable[None]], *context: PluginContext
    ) -> Outcome:
        """Call a hook of one plugin's life, with or without a tenant."""
        with Watch(self.timeout) as watch:
            outcome = await watch.run(plugin, function, *context)
        if context:
            outcome = without_secrets(outcome, context[0])
        if self.trace:
            _trace(hook, context[0].tenant_id if context else None, outcome)
        return outcome

    def refusals(self, hook: str, outcome: Outcome) -> Sequence[DomainError]:
        """Why what was asked for cannot be; empty where the plugin agrees."""
        return _refusals(hook, outcome)

    def report(self, hook: str, outcome: Outcome) -> bool:
        """Log what went wrong; True when nothing did."""
        if outcome.error is None or _lacks_license(hook, outcome):
            return True
        if isinstance(outcome.error, DomainError) and outcome.error.code == RESTS:
            # What happens while a plugin rests is not told to it: nothing may pile up for one that never mends.
            return True
        if isinstance(outcome.error, DomainError) and outcome.error.code == MIGRATION_FAILED:
            # The same, for a plugin that cannot read what it keeps; the fault was logged when it was found.
            return True
        log.error("plugin_failed", hook=hook, plugin=outcome.plugin, error=describe(outcome.error))
        return False


def _refusals(hook: str, outcome: Outcome) -> list[DomainError]:
    if outcome.error is None or _lacks_license(hook, outcome):
        return []
    if isinstance(outcome.error, DomainErrors):
        return list(outcome.error.errors)
    if isinstance(outcome.error, DomainError):
        return [outcome.error]
    log.error("plugin_failed", hook=hook, plugin=outcome.plugin, error=describe(outcome.error))
    return [_failed(outcome.plugin, hook, describe(outcome.error))]


def _lacks_license(hook: str, outcome: Outcome) -> bool:
    """Whether a hook did nothing for want of a licence, which never stops what it was called for (row LIC-03)."""
    lacking = isinstance(outcome.error, DomainError) and outcome.error.code == FEATURE_REQUIRED
    if lacking:
        log.info("plugin_feature_locked", hook=hook, plugin=outcome.plugin, reason=str(outcome.error))
    return lacking


def _failed(plugin: str, hook: str, reason: str) -> DomainError:
    return DomainError("PLUGIN_FAILED", f"plugin {plugin} failed in {hook}: {reason}")


def describe(error: BaseException | None) -> str:
    """An error's type and text."""
    kind = error.kind if isinstance(error, MaskedError) else type(error).__name__
    return f"{kind}: {error}"


def _checked(hook: str, outcome: Outcome, given: M, identity: str) -> M:
    """The plugin's value, validated: `model_copy` lets invalid values pass."""
    returned = outcome.result
    if returned is given:
        return given
    expected = type(given)
    if not isinstance(returned, expected):
        raise _failed(outcome.plugin, hook, f"it returned {type(returned).__name__}, not {expected.__name__}")
    try:
        checked = expected.model_validate(returned.model_dump())
    except ValidationError as error:
        raise _failed(outcome.plugin, hook, f"it returned an invalid {expected.__name__}: {error}") from error
    if getattr(checked, identity) != getattr(given, identity):
        raise _failed(outcome.plugin, hook, f"it changed {identity}")
    return checked


def _trace(hook: str, tenant_id: str | None, outcome: Outcome) -> None:
    log.info(
        "plugin_called",
        hook=hook,
        plugin=outcome.plugin,
        tenant_id=tenant_id,
        microseconds=round(outcome.seconds * 1e6),
        error=None if outcome.error is None else describe(outcome.error),
    )
