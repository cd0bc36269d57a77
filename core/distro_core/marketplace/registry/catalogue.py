"""The catalogue: what all registries offer together, read, verified and kept for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

import structlog

from distro_core.clock import Clock
from distro_core.marketplace.registry.editions import admit_edition
from distro_core.marketplace.registry.format import MOST_BYTES, RegistryContent, SignedRegistry, read_registry
from distro_core.marketplace.registry.offers import Offer, offers_of
from distro_core.marketplace.registry.search import SearchIndex
from distro_core.marketplace.registry.settings import RegistrySetting
from distro_core.marketplace.registry.sources import read_whole
from distro_core.marketplace.trust import verify_registry
from distro_core.plugins.runtime import RuntimeHolder
from distro_core.settings import Settings
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError
from distro_sdk.registries import RegistrySource

log = structlog.get_logger("distro.marketplace")


@dataclass(frozen=True)
class Catalogue:
    """What is offered. `offers`: by plugin id; `faults`: by registry, why it says nothing; `index`: to search in."""

    offers: Mapping[str, Offer]
    faults: Mapping[str, str]
    index: SearchIndex

    def offer(self, plugin: str) -> Offer:
        """What is offered under an id; raises NOT_FOUND."""
        found = self.offers.get(plugin)
        if found is None:
            raise DomainError("NOT_FOUND", f"no registry offers a plugin with id {plugin}", ("id",))
        return found


Judge = Callable[[Mapping[str, RegistryContent]], Awaitable[None]]


class LocalRegistry(RegistrySource, Protocol):
    """The registry of this installation itself, which nobody has to name."""

    async def setting(self) -> RegistrySetting | None:
        """How it is read; None while it has nothing."""
        ...


class Registries:
    """The registries of the settings, and our own behind them.

    Where two offer one id, the first in the settings has it and keeps it. `judge`: told whenever they were read, by
    registry, what those say that have not expired.
    """

    def __init__(
        self,
        settings: Settings,
        control: ControlStore,
        runtimes: RuntimeHolder,
        clock: Clock,
        own: LocalRegistry | None = None,
        *,
        judge: Judge | None = None,
    ) -> None:
        self._settings = settings
        self._control = control
        self._runtimes = runtimes
        self._clock = clock
        self._own = own
        self._judge = judge
        self._asked: Sequence[RegistrySetting] = settings.registries
        self._reading = asyncio.Lock()
        self._editions: dict[str, SignedRegistry] = {}
        self._faults: dict[str, str] = {}
        self._catalogue: Catalogue | None = None
        self._made_from: Sequence[str] = ()
        self._stale_at = 0.0

    @property
    def sources(self) -> Mapping[str, RegistrySource]:
        """By scheme, what reads addresses: whatever the loaded plugins bring, for no tenant in particular."""
        runtime = self._runtimes.current
        found = runtime.registries.registry_sources.offered_by(runtime.loaded)
        return found if self._own is None else {**found, self._own.key: self._own}

    async def catalogue(self, *, fresh: bool = False) -> Catalogue:
        """What is offered now; registries are read again after `registry_lifetime` seconds or where `fresh` asks.

        A registry that cannot be read or verified is told in `faults`; what it said last counts until that expires.
        """
        async with self._reading:
            if fresh or self._catalogue is None or monotonic() >= self._stale_at:
                own = None if self._own is None else await self._own.setting()
                self._asked = (*self._settings.registries, *(() if own is None else (own,)))
                await asyncio.gather(*map(self._read, self._asked))
                if self._judge is not None:
                    await self._judge({setting.name: edition.content for setting, edition in self._valid()})
                self._stale_at = monotonic() + self._settings.registry_lifetime
            return await self._current()

    async def _read(self, registry: RegistrySetting) -> None:
        try:
            raw = await read_whole(self.sources, registry.address, MOST_BYTES)
            read = await asyncio.to_thread(read_registry, raw)
            verify_registry(read, registry.keys)
            await admit_edition(self._control, registry.name, read, self._clock.now())
        except DomainError as error:
            log.warning("registry_refused", registry=registry.name, code=error.code, reason=error.message)
            self._faults[registry.name] = str(error)
            return
        self._faults.pop(registry.name, None)
        self._editions[registry.name] = read

    def _valid(self) -> list[tuple[RegistrySetting, SignedRegistry]]:
        """The editions that have not expired."""
        now = self._clock.now()
        return [
            (registry, self._editions[registry.name])
            for registry in self._asked
            if registry.name in self._editions and not self._editions[registry.name].has_expired(now)
        ]

    async def _current(self) -> Catalogue:
        """The catalogue of the editions that have not expired; made anew only when they changed."""
        valid = self._valid()
        made_from = [edition.digest for _, edition in valid] + sorted(self._faults.values())
        if self._catalogue is None or made_from != self._made_from:
            self._catalogue = await asyncio.to_thread(_catalogue, valid, dict(self._faults))
            self._made_from = made_from
        return self._catalogue


def _catalogue(editions: Sequence[tuple[RegistrySetting, SignedRegistry]], faults: Mapping[str, str]) -> Catalogue:
    offers: dict[str, Offer] = {}
    for registry, edition in editions:
        for offer in offers_of(registry, edition.content):
            offers.setdefault(offer.entry.id, offer)
    return Catalogue(offers, faults, SearchIndex(offers.values()))
