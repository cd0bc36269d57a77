"""Settings of a connection: what is wrong with them, and how they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

import structlog
from pydantic import BaseModel, SecretStr, ValidationError

from distro_core.plugins.watch import Watch
from distro_sdk.configuration import secret_names
from distro_sdk.errors import DomainError
from distro_sdk.network import ChecksDestination

log = structlog.get_logger("distro.delivery")

LOOKING: Final = 5.0
"""Seconds that a plugin may take to say whether a destination is forbidden."""


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
    if not isinstance(configured, ChecksDestination):
        return []
    model = configured.configuration
    with Watch(LOOKING) as watch:
        told = await watch.run(configured.key, configured.find_forbidden, model.model_validate({**settings, **secrets}))
    if told.error is not None or not _makes_sense(told.result, model):
        # Nothing is lost: where it may not connect, every connection is refused.
        error = "nonsense" if told.error is None else type(told.error).__name__
        log.warning("destination_not_checked", key=configured.key, error=error)
        return []
    hidden = secret_names(model)
    return [DomainError("ADDRESS_FORBIDDEN", why, _place(hidden, (setting,))) for setting, why in told.result.items()]


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
