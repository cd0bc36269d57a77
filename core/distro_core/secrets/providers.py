"""Which key provider wraps a data key, and which one opens it: the key file, or a plugin's key service (row SEC-07)."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import structlog

from distro_core.plugins.runtime import Runtime, RuntimeHolder
from distro_core.secrets.documents import StoredKey
from distro_core.secrets.keys import KEY_BYTES, LOCAL, KeyFile
from distro_core.secrets.port import PROVIDER_NOT_SET_UP, PROVIDER_UNKNOWN
from distro_sdk.errors import DomainError
from distro_sdk.keys import SERVICE_UNAVAILABLE, UNREADABLE, KeyOwner, KeyProvider
from distro_sdk.plugin import Plugin

T = TypeVar("T")

log = structlog.get_logger("distro.secrets")


class KeyProviders:
    """The key file, and the providers of plugins that serve all tenants.

    `current`: key of the provider that wraps from now on; `registered`: what plugins offer, asked at each use, so that
    it does not matter when plugins are loaded; `patience`: seconds that a provider may take; `faults`: by id, why
    plugins with providers are not set up.
    """

    def __init__(
        self,
        local: KeyFile,
        current: str = LOCAL,
        registered: Callable[[], Mapping[str, KeyProvider]] = dict,
        patience: float = 30.0,
        faults: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self.current = current
        self._local = local
        self._registered = registered
        self._patience = patience
        self._faults = faults

    def check(self) -> None:
        """Raise KEY_PROVIDER_UNKNOWN where nobody offers the current provider, or KEY_PROVIDER_NOT_SET_UP."""
        self._provider(self.current)

    async def wrap(self, data_key: bytes, owner: KeyOwner) -> StoredKey:
        """The wrapped form of a data key, proven to open again.

        A service may let us encrypt and not decrypt: what it wraps then would be lost. Raises KEY_PROVIDER_UNKNOWN,
        KEY_PROVIDER_NOT_SET_UP, KEY_SERVICE_UNAVAILABLE or KEY_SERVICE_REFUSED.
        """
        provider = self._provider(self.current)
        wrapped = await self._asked(self.current, provider.wrap(data_key, owner))
        stored = StoredKey(**wrapped.model_dump(), provider=self.current)
        if not hmac.compare_digest(await self.unwrap(stored, owner), data_key):
            raise DomainError(UNREADABLE, f"the key provider {self.current} gives back another key than it was given")
        return stored

    async def unwrap(self, stored: StoredKey, owner: KeyOwner) -> bytes:
        """The data key, by the provider that wrapped it.

        Raises SECRET_UNREADABLE, and what `wrap` raises.
        """
        provider = self._provider(stored.provider)
        data_key = await self._asked(stored.provider, provider.unwrap(stored, owner))
        if len(data_key) != KEY_BYTES:
            raise DomainError(UNREADABLE, f"the key provider {stored.provider} gives back no key of {KEY_BYTES} bytes")
        return data_key

    async def is_current(self, stored: StoredKey) -> bool:
        """Whether a key is wrapped as it would be now; raises what `wrap` raises."""
        if stored.provider != self.current:
            return False
        return stored.wrapping_key_id == await self._asked(self.current, self._provider(self.current).current())

    def _provider(self, key: str) -> KeyProvider:
        provider = self._local if key == LOCAL else self._registered().get(key)
        if provider is None:
            raise self._missing(key)
        return provider

    def _missing(self, key: str) -> DomainError:
        """Why there is no such provider: what keeps plugins with providers from being set up, where something does."""
        faults = self._faults()
        # Most often a plugin has the key of its provider for its id.
        told = {key: faults[key]} if key in faults else faults
        if not told:
            message = f"there is no key provider {key}: its plugin is not installed, or not set up by DISTRO_PLUGINS"
            return DomainError(PROVIDER_UNKNOWN, message)
        reasons = "; ".join(f"{plugin}: {fault}" for plugin, fault in sorted(told.items()))
        message = f"there is no key provider {key}, for a plugin could not be set up: {reasons}"
        return DomainError(PROVIDER_NOT_SET_UP, message)

    async def _asked(self, key: str, call: Awaitable[T]) -> T:
        """What a provider answers; whatever it breaks with, its text goes nowhere: it may hold a key."""
        try:
            async with asyncio.timeout(self._patience):
                return await call
        except DomainError:
            raise
        except TimeoutError:
            reason = f"it gave no answer within {self._patience:g} s"
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            reason = f"it failed with {type(error).__name__}"
        log.error("key_provider_failed", provider=key, reason=reason)
        raise DomainError(SERVICE_UNAVAILABLE, f"the key provider {key} cannot be used now: {reason}")


def registered_providers(runtimes: RuntimeHolder) -> Callable[[], Mapping[str, KeyProvider]]:
    """What plugins of the current runtime offer, as far as they serve every tenant."""
    return lambda: _offered(runtimes.current)


def faults_of_providers(runtimes: RuntimeHolder) -> Callable[[], Mapping[str, str]]:
    """By id, why plugins of the current runtime that have key providers do not take part."""
    return lambda: _faults(runtimes.current)


def _faults(runtime: Runtime) -> Mapping[str, str]:
    hook = Plugin.register_key_providers.__name__
    manifests = {id: runtime.found[id].manifest for id in runtime.faults if id in runtime.found}
    return {id: runtime.faults[id] for id, manifest in manifests.items() if manifest and hook in manifest.hooks}


def _offered(runtime: Runtime) -> Mapping[str, KeyProvider]:
    serving = [id for id, loaded in runtime.loaded.items() if loaded.found.is_for_all]
    return runtime.registries.key_providers.offered_by(serving)
