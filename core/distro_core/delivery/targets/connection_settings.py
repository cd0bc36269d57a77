"""Settings of a connection: what is wrong with them, and how they are stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

import structlog
from pydantic import BaseModel, SecretStr, ValidationError

from distro_core.plugins.watch import Watch
from distro_sdk.configuration import ChecksSettings, secret_names
from distro_sdk.errors import DomainError
from distro_sdk.network import ChecksDestination

log = structlog.get_logger("distro.delivery")

LOOKING: Final = 5.0
"""Seconds that a plugin may take to say what is wrong with settings, or whether a destination is forbidden."""


class Configured(Protocol):
    """What has settings: a transport, or the adapter of a platform."""

    @property
    def key(self) -> str:
        """Its key."""
        ...

    @property
    def configuration(self) -> type[BaseModel]:
        """The model of its settings."""
        ...


def setting_errors(
    transport: Configured, settings: Mapping[str, Any], secrets: Mapping[str, SecretStr]
) -> list[DomainError]:
    """What is wrong with settings: TARGET_SECRET_MISPLACED and TARGET_SETTING_INVALID."""
    hidden = secret_names(transport.configuration)
    misplaced = [
        DomainError(
            "TARGET_SECRET_MISPLACED", f"{name} is a secret of {transport.key}: pass it as such", ("settings", name)
        )
        for name in settings
        if name in hidden
    ]
    strays = [
        DomainError("TARGET_SETTING_INVALID", f"{transport.key} has no secret {name}", ("secrets", name))
        for name in secrets
        if name not in hidden
    ]
    if misplaced or strays:
        return misplaced + strays
    try:
        transport.configuration.model_validate({**settings, **secrets})
    except ValidationError as error:
        return [
            DomainError("TARGET_SETTING_INVALID", fault["msg"], _place(hidden, fault["loc"]))
            for fault in error.errors(include_input=False, include_url=False, include_context=False)
        ]
    return []


async def find_connection_errors(
    configured: Configured, settings: Mapping[str, Any], secrets: Mapping[str, SecretStr]
) -> list[DomainError]:
    """What forbids to store settings: as `setting_errors`, and ADDRESS_FORBIDDEN where they lead (row SEC-17)."""
    if errors := setting_errors(configured, settings, secrets):
        return errors
    given = configured.configuration.model_validate({**settings, **secrets})
    if isinstance(configured, ChecksSettings):
        faults = await _ask(configured, configured.find_faults, given, "settings_not_checked")
        errors += _errors("TARGET_SETTING_INVALID", configured, faults)
    if isinstance(configured, ChecksDestination):
        forbidden = await _ask(configured, configured.find_forbidden, given, "destination_not_checked")
        errors += _errors("ADDRESS_FORBIDDEN", configured, forbidden)
    return errors


async def _ask(
    configured: Configured, ask: Callable[[Any], Awaitable[Mapping[str, str]]], given: BaseModel, unanswered: str
) -> Mapping[str, str]:
    """What is wrong with which settings, nothing where the plugin cannot say. `unanswered`: the event that tells so."""
    with Watch(LOOKING) as watch:
        told = await watch.run(configured.key, ask, given)
    if told.error is not None or not _makes_sense(told.result, configured.configuration):
        # Nothing is lost: what cannot work or may not be connected to is refused by every connection.
        error = "nonsense" if told.error is None else type(told.error).__name__
        log.warning(unanswered, key=configured.key, error=error)
        return {}
    answer: Mapping[str, str] = told.result
    return answer


def _errors(code: str, configured: Configured, found: Mapping[str, str]) -> list[DomainError]:
    hidden = secret_names(configured.configuration)
    return [DomainError(code, why, _place(hidden, (setting,))) for setting, why in found.items()]


def _makes_sense(answer: object, model: type[BaseModel]) -> bool:
    return isinstance(answer, Mapping) and all(
        setting in model.model_fields and isinstance(why, str) for setting, why in answer.items()
    )


def _place(hidden: tuple[str, ...], location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return ("secrets" if location and location[0] in hidden else "settings", *location)


def plain_settings(
    transport: Configured, settings: Mapping[str, Any], secrets: Mapping[str, SecretStr]
) -> dict[str, Any]:
    """The settings that are no secrets, as they are stored."""
    configuration = transport.configuration.model_validate({**settings, **secrets})
    return configuration.model_dump(mode="json", exclude=set(secret_names(transport.configuration)), exclude_unset=True)
