"""Messages without a server: from a release file to a message, and from a message to its verdict."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from distro_core.identity.documents import TenantDocument
from distro_core.messages.capabilities import read_message_settings
from distro_core.messages.catalog_list import plan_catalog_list
from distro_core.messages.folder_contents import FolderContents
from distro_core.messages.order import MessageOrder
from distro_core.messages.planner import plan_message
from distro_core.messages.writing import WrittenMessage, write_message
from distro_core.plugins.discovery import FoundPlugin, find_plugins
from distro_core.plugins.operator_settings import PluginSettings
from distro_core.plugins.port import TenantPlugins
from distro_core.plugins.runtime import open_runtimes
from distro_core.validation.pipeline import JudgedFormat, unreadable, validate_message
from distro_core.validation.schemas import SchemaLibrary
from distro_sdk.errors import DomainError, DomainErrors, PluginError
from distro_sdk.genres import GenreMapper
from distro_sdk.messages import CatalogListBuilder, Choreography, MessageBuilder
from distro_sdk.models.catalogue import CompleteRelease, Party
from distro_sdk.models.message import MessageOptions, MessagePlan, MessageSubtype, MessagingParty, ReleaseProfile
from distro_sdk.models.validation import ValidationResult
from distro_sdk.platforms import PlatformProfile
from distro_sdk.xml import ParsedMessage, as_parsed

GENERIC = "generic"
NOBODY = "PADPIDA0000000000Q"
"""A party id with a right check character that DDEX has given to nobody: for messages that are only tried out."""


_MOST_LABELS = 20
"""Labels that a refusal names."""


class _HasNamespace(JudgedFormat, Protocol):
    """A format whose messages are told by their namespace."""

    namespace: str


B = TypeVar("B", bound=_HasNamespace)


@dataclass(frozen=True)
class StandaloneOrder:
    """What is asked of a message that no target asks for.

    `platform`: the profile whose commercial terms, layout and genres hold, None for one that takes the format;
    `choreography`: None for the platform's; `sender`, `recipient`: party ids, None where the label's and the
    platform's own hold; `created_at` carries a zone; `profile`: None lets the release decide; `settings`: of the
    format alone.
    """

    format: str
    subtype: MessageSubtype
    message_id: str
    created_at: datetime
    platform: str | None = None
    choreography: str | None = None
    test: bool = False
    sender: str | None = None
    recipient: str | None = None
    profile: ReleaseProfile | None = None
    options: MessageOptions = field(default_factory=MessageOptions)
    settings: Mapping[str, Any] = field(default_factory=dict)


MESSAGE_HOOKS = frozenset(
    {
        "register_message_builders",
        "register_companion_builders",
        "register_message_readers",
        "register_validators",
        "register_choreographies",
        "register_genre_mappers",
        "register_platforms",
        "prepare_message",
    }
)
"""The hooks by which a plugin takes part in a message; plugins without any of them are not even imported."""


@asynccontextmanager
async def open_plugins(
    wanted: Iterable[str] = (), settings: PluginSettings | None = None
) -> AsyncIterator[TenantPlugins]:
    """The built-in plugins, and the installed ones of these ids, as a tenant that has all of them would see them.

    `settings`: what the operator has set for plugins, by id. Raises `PluginError` for a built-in plugin that cannot
    start, `DomainError` PLUGIN_UNUSABLE for one of `wanted`.
    """
    wanted = tuple(wanted)
    async with open_runtimes(wanted, settings=settings, find=_find_plugins) as runtimes:
        runtime = runtimes.current
        for plugin in sorted(runtime.faults.keys() - frozenset(wanted)):
            # On the platform others go on without it; here somebody waits for a result that it may have a part in.
            raise PluginError(plugin, runtime.faults[plugin], runtime.failures[plugin])
        for plugin in wanted:
            if plugin in runtime.faults:
                raise DomainError("PLUGIN_UNUSABLE", f"plugin {plugin}: {runtime.faults[plugin]}")
        yield runtime.for_tenant(TenantDocument(key="local", name="Local", enabled_plugins=wanted))


async def build_message(complete: CompleteRelease, order: StandaloneOrder, plugins: TenantPlugins) -> bytes:
    """The message; raises `DomainErrors` with every reason why there is none, and paths into the release.

    A format such as ``mead/1.1``, which travels beside another message, is built by itself; COMPANION_EMPTY says that
    the release has nothing to tell in it.
    """
    if order.format in plugins.companion_builders:
        plan = await plugins.prepare_message(plan_standalone(complete, order, plugins))
        content = plugins.companion_builders[order.format].build(plan)
        if content is None:
            raise DomainError("COMPANION_EMPTY", f"the release has nothing to tell in {order.format}")
        return content
    return (await write_standalone(complete, order, plugins)).content


async def write_standalone(complete: CompleteRelease, order: StandaloneOrder, plugins: TenantPlugins) -> WrittenMessage:
    """The message with its plan and what travels beside it; raises as `build_message` does."""
    builder = _builder(order, plugins)
    settings = read_message_settings(builder, order.settings)
    plan = await plugins.prepare_message(plan_standalone(complete, order, plugins, settings))
    choreography = _choreography(order, _platform(order, plugins), plugins)
    return write_message(plan, builder, plugins.companion_builders, choreography.resource_uri)


def plan_standalone(
    complete: CompleteRelease,
    order: StandaloneOrder,
    plugins: TenantPlugins,
    settings: Mapping[str, Any] | None = None,
) -> MessagePlan:
    """The plan of a message that no target asks for. `settings`: of the format, all of them."""
    platform = _platform(order, plugins)
    recipient = order.recipient or platform.dpid or NOBODY
    return plan_message(
        complete,
        MessageOrder(
            message_id=order.message_id,
            thread_id=complete.release.id,
            subtype=order.subtype,
            test=order.test,
            created_at=order.created_at,
            sender=_sender(complete, order.sender),
            recipients=(MessagingParty(dpid=recipient, name=_name(complete, recipient)),),
            terms=platform.commercial_terms,
            resource_uri=_choreography(order, platform, plugins).resource_uri,
            profile=order.profile,
            genre_mapper=_genre_mapper(platform, plugins),
            options=order.options,
            settings=settings or {},
        ),
    )


def build_catalog_list(completes: Sequence[CompleteRelease], order: StandaloneOrder, plugins: TenantPlugins) -> bytes:
    """The list of some releases (row MSG-05).

    Raises `DomainErrors`: MESSAGE_TYPE_UNSUPPORTED for another version, CATALOG_SENDER_UNCLEAR for releases of several
    labels where nothing says in whose name they are listed.
    """
    builder = _builder(order, plugins)
    if not isinstance(builder, CatalogListBuilder):
        message = f"{order.format} has no CatalogListMessage, which exists in ERN 3.8 only"
        raise DomainError("MESSAGE_TYPE_UNSUPPORTED", message)
    if order.sender is None:
        _check_one_label(completes)
    platform = _platform(order, plugins)
    recipient = order.recipient or platform.dpid or NOBODY
    return builder.build_catalog_list(
        plan_catalog_list(
            completes,
            message_id=order.message_id,
            created_at=order.created_at,
            test=order.test,
            sender=_sender(completes[0], order.sender),
            recipients=(MessagingParty(dpid=recipient, name=_name(completes[0], recipient)),),
        )
    )


def judge_message(
    content: bytes | ParsedMessage, plugins: TenantPlugins, schemas: SchemaLibrary, folder: Path | None = None
) -> ValidationResult:
    """The verdict of all stages that can run; the format is told by the message's namespace.

    `folder`: where the files lie that the message names, None where they are not at hand.
    """
    try:
        message = as_parsed(content)
    except DomainError as error:
        return unreadable(error)
    builders: list[_HasNamespace] = [*plugins.message_builders.values(), *plugins.companion_builders.values()]
    return validate_message(
        message,
        builder=find_builder(message, builders),
        validators=plugins.validators,
        schemas=schemas,
        contents=None if folder is None else FolderContents(folder),
    )


def find_builder(content: bytes | ParsedMessage, builders: Iterable[B]) -> B | None:
    """The builder of the message's own format, or None where it is of another or is no XML."""
    try:
        namespace = as_parsed(content).namespace
    except DomainError:
        return None
    return next((builder for builder in builders if builder.namespace == namespace), None)


def _find_plugins() -> Sequence[FoundPlugin]:
    return [found for found in find_plugins() if not found.manifest or MESSAGE_HOOKS & set(found.manifest.hooks)]


def _check_one_label(completes: Iterable[CompleteRelease]) -> None:
    """A list has one sender: the label of all its releases, told by its party id or else by its name."""
    labels = [label for label in map(_label, completes) if label is not None]
    senders = {label.dpid or label.name: label.name for label in labels}
    if len(senders) > 1:
        names = ", ".join(list(senders.values())[:_MOST_LABELS])
        text = f"the releases are of {len(senders)} labels ({names}): name the sender of their list"
        raise DomainErrors([DomainError("CATALOG_SENDER_UNCLEAR", text, ("sender",))])


def _label(complete: CompleteRelease) -> Party | None:
    return next((party for party in complete.parties if party.id == complete.release.label_party_id), None)


def _sender(complete: CompleteRelease, dpid: str | None) -> MessagingParty:
    label = _label(complete)
    if dpid is None:
        dpid = (label.dpid if label else None) or NOBODY
    name = _name(complete, dpid)
    return MessagingParty(dpid=dpid, name=label.name if label and name == dpid else name)


def _name(complete: CompleteRelease, dpid: str) -> str:
    """The name that the release file gives to a party id, else the id itself."""
    return next((party.name for party in complete.parties if party.dpid == dpid), dpid)


def _builder(order: StandaloneOrder, plugins: TenantPlugins) -> MessageBuilder:
    builder = plugins.message_builders.get(order.format)
    if builder is None:
        raise DomainError("FORMAT_UNKNOWN", _lack("format", order.format, plugins.message_builders))
    return builder


def _platform(order: StandaloneOrder, plugins: TenantPlugins) -> PlatformProfile:
    """The platform that was named, else the generic one, unless another alone takes the format."""
    if order.platform is not None:
        named = plugins.platforms.get(order.platform)
        if named is None:
            raise DomainError("PLATFORM_UNKNOWN", _lack("platform", order.platform, plugins.platforms))
        return named
    generic = plugins.platforms.get(GENERIC)
    taking = [platform for platform in plugins.platforms.values() if order.format in platform.formats]
    if generic is None or (taking and generic not in taking):
        if not taking:
            raise DomainError("PLATFORM_UNKNOWN", _lack("platform", GENERIC, plugins.platforms))
        return taking[0]
    return generic


def _choreography(order: StandaloneOrder, platform: PlatformProfile, plugins: TenantPlugins) -> Choreography:
    key = order.choreography or platform.choreography
    found = plugins.choreographies.get(key)
    if found is None:
        raise DomainError("CHOREOGRAPHY_UNKNOWN", _lack("choreography", key, plugins.choreographies))
    return found


def _genre_mapper(platform: PlatformProfile, plugins: TenantPlugins) -> GenreMapper | None:
    if platform.genre_provider is None:
        return None
    found = plugins.genre_mappers.get(platform.genre_provider)
    if found is None:
        message = _lack("genre provider", platform.genre_provider, plugins.genre_mappers)
        raise DomainError("GENRE_PROVIDER_UNKNOWN", message)
    return found


def _lack(what: str, key: str, known: Iterable[str]) -> str:
    return f"there is no {what} {key}; there is {', '.join(sorted(known)) or 'none'}"
