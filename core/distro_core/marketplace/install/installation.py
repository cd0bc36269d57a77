"""The steps of an installation or upgrade. Each may run again: what an earlier attempt left is found and used."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from pathlib import Path

from distro_core.marketplace.install.artefacts import check_digest, write_blocks
from distro_core.marketplace.install.desk import Desk
from distro_core.marketplace.install.documents import (
    INSTALL_STEPS,
    InstalledPlugin,
    JobStep,
    PluginJobDocument,
)
from distro_core.marketplace.install.plugin_set import check_place, key_taken
from distro_core.marketplace.install.trial import try_plugin
from distro_core.marketplace.install.trial_process import TrialReport, TrialRequest
from distro_core.marketplace.install.usage import PluginUsage
from distro_core.marketplace.registry.format import PluginVersion
from distro_core.marketplace.registry.offers import Offer
from distro_core.marketplace.registry.sources import read_blocks, resolve_address
from distro_core.marketplace.rules import OperatorRules
from distro_core.marketplace.trust import verify_artefact
from distro_core.marketplace.wheels.inspection import InspectedWheel, compare_with_offer, inspect_wheel
from distro_core.plugins.requirements import requirements_not_met, unmet_by_plugins
from distro_sdk.errors import DomainError

Report = Callable[[Mapping[str, object]], Awaitable[None]]
"""Writes fields of the job, and tells them to listeners."""

TOLD_EACH = 1 << 20
"""Bytes of a download after which its progress is told again."""


class Installation:
    """One attempt. `folder`: a temporary one that goes with the attempt; `report`: writes what is learnt of the job."""

    def __init__(self, desk: Desk, job: PluginJobDocument, folder: Path, report: Report) -> None:
        self._desk = desk
        self._job = job
        self._wheel = folder / "plugin.whl"
        self._trial_folder = folder / "trial"
        self._report = report
        self._offer: Offer
        self._version: PluginVersion
        self._inspected: InspectedWheel
        self._trial = TrialReport()
        self._signed_by = ""
        self._usage = PluginUsage(desk.control, desk.clock)

    @property
    def steps(self) -> Mapping[JobStep, Callable[[], Awaitable[None]]]:
        """What is done, in this order; a dry run neither stores nor activates anything."""
        steps = {step: getattr(self, f"_{step.value}") for step in INSTALL_STEPS}
        if self._job.dry_run:
            del steps[JobStep.STORE], steps[JobStep.ACTIVATE]
        return steps

    async def clean_up(self) -> None:
        """Remove what a failed or dry attempt has stored, unless the same wheel is installed."""
        sha256 = self._job.sha256
        if sha256 is None:
            return
        current = await self._desk.plugin_set.read()
        if sha256 not in {plugin.sha256 for plugin in current.plugins.values()}:
            await self._desk.artefacts.remove(sha256)
            self._desk.folders.retire(sha256)

    async def _authorise(self) -> None:
        OperatorRules(self._desk.settings).check_install(self._job.plugin_id)
        found = self._desk.runtimes.current.found.get(self._job.plugin_id)
        installed = (await self._desk.plugin_set.read()).plugins
        if found is not None and self._job.plugin_id not in installed:
            message = f"plugin {found.id} belongs to the distribution {found.distribution} of this environment"
            raise DomainError("PLUGIN_ID_TAKEN", message, ("id",))

    async def _resolve(self) -> None:
        catalogue = await self._desk.registries.catalogue(fresh=True)
        self._offer = catalogue.offer(self._job.plugin_id)
        self._version = self._offer.choose(self._job.version or self._job.requested_version)
        await self._check_origin()
        if reasons := unmet_by_plugins(self._version.requires, self._desk.runtimes.current.versions):
            name = self._offer.entry.name
            raise DomainError("PLUGIN_REQUIREMENTS_NOT_MET", requirements_not_met(name, reasons))
        if self._job.sha256 not in {None, self._version.sha256}:
            raise DomainError("PLUGIN_CHECKSUM_WRONG", "the registry lists another wheel than when the job began")
        facts = {"version": self._version.version, "sha256": self._version.sha256, "size": self._version.size}
        self._job = self._job.model_copy(update=facts)
        await self._report(facts)

    async def _check_origin(self) -> None:
        """An installed plugin is upgraded from where it came, by whom it came: else a registry could take it over."""
        present = (await self._desk.plugin_set.read()).plugins.get(self._job.plugin_id)
        if present is None:
            return
        if (present.registry, present.publisher) != (self._offer.registry.name, self._offer.publisher.id):
            message = f"plugin {present.id} came from {present.publisher} in registry {present.registry}"
            raise DomainError("PLUGIN_ID_TAKEN", f"{message}; uninstall it first", ("id",))

    async def _license(self) -> None:
        await self._desk.licenses.require_license(self._job.plugin_id, self._version.license_model, self._job.tenant_id)

    async def _download(self) -> None:
        address = resolve_address(self._offer.registry.address, self._version.url)
        async with aclosing(read_blocks(self._desk.registries.sources, address, self._version.size)) as blocks:
            digest = await write_blocks(self._told(blocks), self._wheel)
        check_digest(digest, self._version.sha256)

    async def _told(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        count = told = 0
        async for block in blocks:
            yield block
            count += len(block)
            if count - told >= TOLD_EACH or count == self._version.size:
                told = count
                await self._report({"progress": count})

    async def _verify(self) -> None:
        offer = self._offer
        self._signed_by = verify_artefact(offer.content, offer.publisher, self._job.plugin_id, self._version)

    async def _inspect(self) -> None:
        installed = (await self._desk.plugin_set.read()).plugins
        others = {id: plugin.top_levels for id, plugin in installed.items() if id != self._job.plugin_id}
        self._inspected = await asyncio.to_thread(inspect_wheel, self._wheel, others)
        compare_with_offer(self._inspected, self._offer, self._version)
        await self._usage.check_versions(self._inspected.manifest)

    async def _store(self) -> None:
        await self._desk.artefacts.store(self._wheel, self._version.sha256)

    async def _unpack(self) -> None:
        if self._job.dry_run:
            # A folder of the same kind, which goes with the attempt.
            folders = type(self._desk.folders)(self._trial_folder)
            await asyncio.to_thread(folders.unpack, self._wheel, self._version.sha256)
        else:
            await asyncio.to_thread(self._desk.folders.unpack, self._wheel, self._version.sha256)

    async def _try(self) -> None:
        patience = self._desk.settings.plugin_trial_timeout
        root = self._trial_folder if self._job.dry_run else self._desk.folders.root
        request = TrialRequest(
            folder=root / self._version.sha256,
            top_levels=self._inspected.top_levels,
            entry=self._inspected.entry,
            manifest=self._inspected.manifest,
            settings=self._desk.settings.plugins.get(self._job.plugin_id, {}),
            seconds=math.ceil(patience),
        )
        self._trial = await try_plugin(request, patience)
        check_place(self._plugin(), (await self._desk.plugin_set.read()).plugins)
        self._check_keys()
        if self._trial.note is not None:
            await self._report({"notes": (self._trial.note,)})

    async def _activate(self) -> None:
        before = (await self._desk.plugin_set.read()).plugins.get(self._job.plugin_id)
        if before is not None and before.sha256 != self._version.sha256:
            used = await self._desk.installed.is_imported(before) or await self._usage.tenants_with(before.id)
            await self._report({"needs_restart": bool(used), "replaces": before.sha256})
        await self._desk.plugin_set.put(self._plugin())
        await self._desk.installed.sync(self._desk.runtimes)
        if before is not None and before.sha256 != self._version.sha256:
            await self._desk.artefacts.remove(before.sha256)

    def _check_keys(self) -> None:
        """Compare keys with those of plugins that are loaded here, such as the built-in ones."""
        registries = vars(self._desk.runtimes.current.registries)
        for kind, keys in self._trial.offers.items():
            for key in keys:
                holder = registries[kind].provider(key)
                if holder not in {None, self._job.plugin_id}:
                    raise key_taken(kind, key, holder)

    def _plugin(self) -> InstalledPlugin:
        return InstalledPlugin(
            id=self._job.plugin_id,
            version=self._version.version,
            sha256=self._version.sha256,
            size=self._version.size,
            distribution=self._inspected.distribution,
            entry=self._inspected.entry,
            manifest=self._inspected.manifest,
            top_levels=self._inspected.top_levels,
            offers=self._trial.offers,
            license_model=self._version.license_model,
            registry=self._offer.registry.name,
            publisher=self._offer.publisher.id,
            signed_by=self._signed_by,
            installed_at=self._desk.clock.now(),
            installed_by=self._job.created_by or "",
        )
