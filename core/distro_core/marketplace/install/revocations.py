"""What becomes of a plugin that is installed already when its registry revokes it."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from distro_core.marketplace.install.documents import InstalledPlugin
from distro_core.marketplace.install.plugin_set import PluginSet
from distro_core.marketplace.registry.format import RegistryContent
from distro_core.marketplace.trust import revoked_keys

log = structlog.get_logger("distro.marketplace")


class Revocations:
    """Writes down which installed plugins are revoked, for every process and for the time after a restart."""

    def __init__(self, plugin_set: PluginSet) -> None:
        self._set = plugin_set

    async def judge(self, editions: Mapping[str, RegistryContent]) -> None:
        """Compare what is installed with what registries say now. `editions`: by registry, none that has expired.

        A plugin whose registry says nothing stays as it was judged last.
        """
        plugins = (await self._set.read()).plugins
        verdicts = {
            id: (plugin.sha256, revocation_of(plugin, editions[plugin.registry]))
            for id, plugin in plugins.items()
            if plugin.registry in editions
        }
        changed = {id: verdict for id, verdict in verdicts.items() if plugins[id].revoked != verdict[1]}
        for id, (_, reason) in changed.items():
            log.warning("plugin_revoked" if reason else "plugin_trusted_again", plugin=id, reason=reason)
        if changed:
            await self._set.judge(changed)


def revocation_of(plugin: InstalledPlugin, content: RegistryContent) -> str | None:
    """Why a registry does not trust an installed version any more, or None."""
    for revocation in content.revoked:
        if revocation.sha256 == plugin.sha256:
            return f"version {plugin.version} was revoked: {revocation.reason or 'no reason is given'}"
    if plugin.signed_by in revoked_keys(content, plugin.publisher):
        return f"the key {plugin.signed_by}, with which it was signed, was revoked"
    return None
