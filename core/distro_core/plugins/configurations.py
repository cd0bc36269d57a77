"""Tenants' configurations of plugins: plain fields as they are, secrets sealed, opened for the plugin's hooks alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from distro_core.identity.documents import TenantDocument
from distro_core.plugins.masking import masked
from distro_core.secrets.port import SealedSecret, Sealer
from distro_sdk.configuration import secret_names
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.base import Model


@dataclass(frozen=True)
class Configuration:
    """A configuration that its model accepts. `plain`: as it is stored; `secrets`: by name, those that are set."""

    plain: Mapping[str, Any]
    secrets: Mapping[str, SecretStr]

    @property
    def opened(self) -> Mapping[str, Any]:
        """As the plugin's hooks see it."""
        return {**self.plain, **self.secrets}


class SecretField(Model):
    """A secret of a configuration as it may be told."""

    name: str
    is_set: bool


class ConfigurationSafe:
    """Seals and opens what one tenant has configured."""

    def __init__(self, sealer: Sealer, tenant: TenantDocument) -> None:
        self._sealer = sealer
        self._tenant = tenant

    async def open(self, plugin: str) -> Mapping[str, Any]:
        """The configuration with its secrets, for the plugin's hooks only; raises SECRET_UNREADABLE."""
        plain = self._tenant.plugin_configuration.get(plugin, {})
        sealed = self._tenant.plugin_secrets.get(plugin)
        return plain if not sealed else {**plain, **await self.open_secrets(plugin)}

    async def open_secrets(self, plugin: str, without: frozenset[str] = frozenset()) -> Mapping[str, SecretStr]:
        """By name, the secrets that are set, but for some; raises SECRET_UNREADABLE."""
        return {
            name: SecretStr(await self._sealer.open(self._tenant.id, _purpose(plugin, name), sealed))
            for name, sealed in self._tenant.plugin_secrets.get(plugin, {}).items()
            if name not in without
        }

    async def seal(self, plugin: str, secrets: Mapping[str, SecretStr]) -> Mapping[str, SealedSecret]:
        """The secrets as they are stored."""
        return {
            name: await self._sealer.seal(self._tenant.id, _purpose(plugin, name), secret.get_secret_value())
            for name, secret in secrets.items()
        }


def read_configuration(
    model: type[BaseModel], given: Mapping[str, Any], kept: Mapping[str, SecretStr] | None = None
) -> Configuration:
    """What was given, checked; raises `DomainErrors` of PLUGIN_CONFIGURATION_INVALID, in which no secret stands.

    `kept`: secrets that stay unless others were given in their place, or null to remove them.
    """
    names = secret_names(model)
    values = {name: value for name, value in given.items() if name not in names or value is not None}
    values = {**{name: secret for name, secret in (kept or {}).items() if name not in given}, **values}
    try:
        checked = model.model_validate(values)
    except ValidationError as error:
        told = [value for name, value in values.items() if name in names]
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise DomainErrors(
            [
                DomainError(
                    "PLUGIN_CONFIGURATION_INVALID", masked(fault["msg"], told), ("configuration", *fault["loc"])
                )
                for fault in faults
            ]
        ) from None
    plain = checked.model_dump(mode="json", exclude=set(names))
    secrets = {name: getattr(checked, name) for name in names if name in values}
    return Configuration(plain, {name: secret for name, secret in secrets.items() if secret is not None})


def _purpose(plugin: str, name: str) -> str:
    return f"plugin:{plugin}:{name}"
