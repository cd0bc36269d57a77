"""The marketplace: which plugins registries offer, and what speaks for or against installing one (row MKT-02)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import strawberry

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, Edge, First, PageInfo
from distro_api.graphql.fields import Info, derived, query
from distro_core.identity.permissions import Permission
from distro_core.marketplace.install.documents import InstalledPlugin
from distro_core.marketplace.registry import format as registry
from distro_core.marketplace.registry.offers import Offer
from distro_core.marketplace.registry.search import MOST_RESULTS, Search
from distro_core.marketplace.rules import OperatorRules
from distro_core.platform import Platform
from distro_core.plugins.requirements import unmet_by_host, unmet_by_plugins
from distro_sdk.errors import DomainError
from distro_sdk.manifest import LicenseModel, PluginCategory, PluginSource

strawberry.enum(PluginCategory, description="What a plugin is for.", graphql_name_from="key")
strawberry.enum(PluginSource, description="Who stands behind a plugin.", graphql_name_from="key")
strawberry.enum(
    LicenseModel,
    description="Whether a plugin costs anything: nothing, all of it, or some of its features.",
    graphql_name_from="value",
)


@dataclass(frozen=True)
class ListedPlugin:
    """An offer as it stands here. `installed`: None where it is not; `refusal`: why the operator does not let it in;
    `plugins`: by id, the versions of all installed plugins.
    """

    offer: Offer
    installed: InstalledPlugin | None
    refusal: DomainError | None
    plugins: Mapping[str, str]

    @property
    def shown(self) -> registry.PluginVersion | None:
        """The version that would be installed."""
        return self.offer.shown

    @property
    def problems(self) -> list[str]:
        """Why it cannot be installed."""
        return [*self.unmet, *([self.refusal.message] if self.refusal else [])]

    @property
    def unmet(self) -> tuple[str, ...]:
        """What it needs of the platform, of Python and of other plugins, and does not find."""
        return self.offer.problems_beside(self.plugins)

    @property
    def versions(self) -> list[ListedVersion]:
        """Its versions, the newest first, without those that were taken back."""
        offered = [one for one in self.offer.versions if one.version not in self.offer.yanked]
        return [ListedVersion(one, self.plugins) for one in offered]

    @property
    def upgrade(self) -> str | None:
        """The version to which it can be upgraded."""
        if self.installed is None or self.shown is None or self.unmet:
            return None
        return self.shown.version if self.offer.is_newer(self.shown.version, self.installed.version) else None


@dataclass(frozen=True)
class ListedVersion:
    """One version as it stands here. `plugins`: by id, the versions of all installed plugins."""

    offered: registry.PluginVersion
    plugins: Mapping[str, str]

    @property
    def problems(self) -> list[str]:
        """What it needs and does not find."""
        one = self.offered
        return [*unmet_by_host(one.sdk, one.python), *unmet_by_plugins(one.requires, self.plugins)]


@strawberry.type(description="What a plugin costs.")
class PluginPrice:
    """What a plugin costs."""

    amount: int = strawberry.field(description="In minor units of the currency, such as cents.")
    currency: str = strawberry.field(description="The currency, ISO 4217.")


@strawberry.type(description="Who publishes plugins.")
class PluginPublisher:
    """Who publishes plugins."""

    id: strawberry.ID = strawberry.field(description="The publisher's own id, not a global id.")
    name: str = strawberry.field(description="Its name.")
    support: str = strawberry.field(description="Where its users get help.")


def _offered(name: str) -> Callable[[ListedVersion], Any]:
    return lambda listed: getattr(listed.offered, name)


@strawberry.type(description="One version of a plugin in a registry.")
class MarketplaceVersion:
    """One version of a plugin."""

    version: str = derived(_offered("version"), "Its number.")
    released_at: datetime = derived(_offered("released_at"), "When it was released.")
    size: int = derived(_offered("size"), "Size of its wheel, bytes.")
    sdk: str = derived(_offered("sdk"), "The versions of the SDK that it works with.")
    python: str = derived(_offered("python"), "The versions of Python that it works with.")
    license_model: LicenseModel = derived(_offered("license_model"), "Whether it costs anything.")
    price: PluginPrice | None = derived(_offered("price"), "What it costs; null where no price is told.")
    problems: list[str] = strawberry.field(
        description="Why this platform cannot use it, plugins that it requires included; empty where it can."
    )


def _entry(name: str) -> Callable[[ListedPlugin], Any]:
    return lambda listed: getattr(listed.offer.entry, name)


def _shown(name: str) -> Callable[[ListedPlugin], Any]:
    return lambda listed: getattr(listed.shown, name, None)


@strawberry.type(description="A plugin that a registry offers.")
class MarketplacePlugin:
    """A plugin that a registry offers."""

    id: strawberry.ID = derived(_entry("id"), "The plugin's own id; not a global id.")
    name: str = derived(_entry("name"), "Name.")
    description: str = derived(_entry("description"), "What it does.")
    category: PluginCategory = derived(_entry("category"), "What it is for.")
    source: PluginSource = derived(_entry("source"), "Who stands behind it.")
    support: str = derived(_entry("support"), "Where its users get help.")
    license: str = derived(_entry("license"), "The licence of its code, as SPDX names it.")
    keywords: list[str] = derived(_entry("keywords"), "Words that it is found by.")
    publisher: PluginPublisher = derived(lambda listed: listed.offer.publisher, "Who publishes it.")
    registry: str = derived(lambda listed: listed.offer.registry.name, "Name of the registry that offers it.")
    version: str | None = derived(_shown("version"), "The version that would be installed; null where none is offered.")
    license_model: LicenseModel | None = derived(_shown("license_model"), "Whether that version costs anything.")
    price: PluginPrice | None = derived(_shown("price"), "What that version costs; null where no price is told.")
    compatible: bool = derived(lambda listed: not listed.unmet, "Whether this platform can use that version.")
    problems: list[str] = strawberry.field(
        description="Why it cannot be installed here, plugins that it requires included; empty where it can."
    )
    installed_version: str | None = derived(
        lambda listed: listed.installed.version if listed.installed else None, "The installed version; null for none."
    )
    upgrade: str | None = strawberry.field(description="The newer version that it can be upgraded to; null for none.")
    versions: list[MarketplaceVersion] = strawberry.field(description="Its versions, the newest first.")


@strawberry.type(description="A registry of plugins that is asked.")
class MarketplaceRegistry:
    """A registry of plugins."""

    name: str = strawberry.field(description="Its name in the settings.")
    fault: str | None = strawberry.field(description="Why it cannot be read; what it said before counts meanwhile.")


@strawberry.input(description="What plugins must be like; what is left out does not matter.")
class MarketplaceFilter:
    """What plugins must be like."""

    category: PluginCategory | None = strawberry.field(default=None, description="What they are for.")
    publisher: str | None = strawberry.field(default=None, description="Id or name of who publishes them.")
    license_model: LicenseModel | None = strawberry.field(default=None, description="Whether they cost anything.")
    source: PluginSource | None = strawberry.field(default=None, description="Who stands behind them.")
    compatible: bool | None = strawberry.field(default=None, description="Whether this platform can use them.")


class Lister:
    """Shows offers as they stand in this deployment."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._rules = OperatorRules(platform.settings)

    async def page(self, search: Search, first: int, after: str | None) -> Connection[ListedPlugin]:
        """What is found."""
        catalogue = await self._platform.marketplace.registries.catalogue()
        found = catalogue.index.find(search, first=first, after=after)
        installed = (await self._platform.marketplace.plugin_set.read()).plugins
        nodes = [self._listed(offer, installed.get(offer.entry.id)) for offer in found.offers]
        edges = [Edge(cursor=node.offer.entry.id, node=node) for node in nodes]
        end = edges[-1].cursor if edges else None
        return Connection(edges=edges, nodes=nodes, page_info=PageInfo(has_next_page=found.has_next, end_cursor=end))

    async def one(self, plugin: str) -> ListedPlugin:
        """One plugin; raises NOT_FOUND."""
        offer = (await self._platform.marketplace.registries.catalogue()).offer(plugin)
        installed = (await self._platform.marketplace.plugin_set.read()).plugins
        return self._listed(offer, installed.get(plugin))

    def _listed(self, offer: Offer, installed: InstalledPlugin | None) -> ListedPlugin:
        plugins = self._platform.runtimes.current.versions
        return ListedPlugin(offer, installed, self._rules.refusal(offer.entry.id), plugins)


@strawberry.type
class MarketplaceQueries:
    """Fields of Query."""

    @query(
        Permission.PLUGIN_MANAGE,
        f"The plugins that registries offer, the best match first; at most {MOST_RESULTS} a page.",
        returns=Connection[MarketplacePlugin],
    )
    @staticmethod
    async def marketplace_plugins(
        info: Info,
        query: Annotated[str, strawberry.argument(description="Words that must all occur; empty for all.")] = "",
        filter: Annotated[MarketplaceFilter | None, strawberry.argument(description="What they must be like.")] = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> Connection[ListedPlugin]:
        """The plugins that registries offer."""
        platform = info.context.state.platform
        search = Search(query=query, plugins=platform.runtimes.current.versions, **vars(filter or MarketplaceFilter()))
        return await Lister(platform).page(search, first, after)

    @query(Permission.PLUGIN_MANAGE, "One plugin that a registry offers.", returns=MarketplacePlugin)
    @staticmethod
    async def marketplace_plugin(
        info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The plugin's own id.")]
    ) -> ListedPlugin:
        """One plugin that a registry offers."""
        return await Lister(info.context.state.platform).one(id)

    @query(Permission.PLUGIN_MANAGE, "The registries of plugins that are asked.", returns=list[MarketplaceRegistry])
    @staticmethod
    async def marketplace_registries(info: Info) -> list[MarketplaceRegistry]:
        """The registries of plugins."""
        platform = info.context.state.platform
        faults = (await platform.marketplace.registries.catalogue()).faults
        return [MarketplaceRegistry(name=one.name, fault=faults.get(one.name)) for one in platform.settings.registries]
