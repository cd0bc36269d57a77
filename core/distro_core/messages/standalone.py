"""Messages without a server: from a release file to a message, and from a message to its verdict."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from distro_core.identity.documents import TenantDocument
from distro_core.messages.folder_contents import FolderContents
from distro_core.messages.order import MessageOrder
from distro_core.messages.planner import plan_message
from distro_core.plugins.discovery import FoundPlugin, find_plugins
from distro_core.plugins.port import TenantPlugins
from distro_core.plugins.runtime import open_runtimes
from distro_core.validation.pipeline import validate_message
from distro_core.validation.schemas import SchemaLibrary
from distro_sdk.errors import DomainError
from distro_sdk.genres import GenreMapper
from distro_sdk.messages import Choreography, MessageBuilder
from distro_sdk.models.catalogue import CompleteRelease
from distro_sdk.models.message import MessageSubtype, MessagingParty, ReleaseProfile
from distro_sdk.models.validation import ValidationResult
from distro_sdk.platforms import PlatformProfile
from distro_sdk.xml import parse_message

NOBODY = "PADPIDA0000000000Q"
"""A party id with a right check character that DDEX has given to nobody: for messages that are only tried out."""


@dataclass(frozen=True)
class StandaloneOrder:
    """What is asked of a message that no target asks for.

    `platform`: the profile whose commercial terms, layout and genres hold; `sender`, `recipient`: party ids, None where
    the label's and the platform's own hold; `created_at` carries a zone; `profile`: None lets the release decide.
    """

    format: str
    platform: str
    subtype: MessageSubtype
    message_id: str
    created_at: datetime
    test: bool = False
    sender: str | None = None
    recipient: str | None = None
    profile: ReleaseProfile | None = None


MESSAGE_HOOKS = frozenset(
    {
        "register_message_builders",
        "register_validators",
        "register_choreographies",
        "register_genre_mappers",
        "register_platforms",
        "prepare_message",
    }
)
"""The hooks by which a plugin takes part in a message; plugins without any of them are not even imported."""


@asynccontextmanager
async def open_plugins(wanted: Iterable[str] = ()) -> AsyncIterator[TenantPlugins]:
    """The built-in plugins, and the installed ones of these ids, as a tenant that has all of them would see them.

    Raises `PluginError` for a built-in plugin that cannot start, `DomainError` PLUGIN_UNUSABLE for one of `wanted`.
    """
    wanted = tuple(wanted)
    async with open_runtimes(wanted, find=_find_plugins) as runtimes:
        runtime = runtimes.current
        for plugin in wanted:
            if plugin in runtime.faults:
                raise DomainError("PLUGIN_UNUSABLE", f"plugin {plugin}: {runtime.faults[plugin]}")
        yield runtime.for_tenant(TenantDocument(key="local", name="Local", enabled_plugins=wanted))


async def build_message(complete: CompleteRelease, order: StandaloneOrder, plugins: TenantPlugins) -> bytes:
    """The message; raises `DomainErrors` with every reason why there is none, and paths into the release."""
    builder = plugins.message_builders.get(order.format)
    if builder is None:
        raise DomainError("FORMAT_UNKNOWN", _lack("format", order.format, plugins.message_builders))
    platform = plugins.platforms.get(order.platform)
    if platform is None:
        raise DomainError("PLATFORM_UNKNOWN", _lack("platform", order.platform, plugins.platforms))
    choreography = _choreography(platform, plugins)
    recipient = order.recipient or platform.dpid or NOBODY
    plan = plan_message(
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
            resource_uri=choreography.resource_uri,
            profile=order.profile,
            genre_mapper=_genre_mapper(platform, plugins),
        ),
    )
    return builder.build(await plugins.prepare_message(plan))


def judge_message(
    content: bytes, plugins: TenantPlugins, schemas: SchemaLibrary, folder: Path | None = None
) -> ValidationResult:
    """The verdict of all stages that can run; the format is told by the message's namespace.

    `folder`: where the files lie that the message names, None where they are not at hand.
    """
    return validate_message(
        content,
        builder=find_builder(content, plugins.message_builders.values()),
        validators=plugins.validators,
        schemas=schemas,
        contents=None if folder is None else FolderContents(folder),
    )


def find_builder(content: bytes, builders: Collection[MessageBuilder]) -> MessageBuilder | None:
    """The builder of the message's own format, or None where it is of another or is no XML."""
    try:
        namespace = parse_message(content).namespace
    except DomainError:
        return None
    return next((builder for builder in builders if builder.namespace == namespace), None)


def _find_plugins() -> Sequence[FoundPlugin]:
    return [found for found in find_plugins() if not found.manifest or MESSAGE_HOOKS & set(found.manifest.hooks)]


def _sender(complete: CompleteRelease, dpid: str | None) -> MessagingParty:
    label = next((party for party in complete.parties if party.id == complete.release.label_party_id), None)
    if dpid is None:
        dpid = (label.dpid if label else None) or NOBODY
    name = _name(complete, dpid)
    return MessagingParty(dpid=dpid, name=label.name if label and name == dpid else name)


def _name(complete: CompleteRelease, dpid: str) -> str:
    """The name that the release file gives to a party id, else the id itself."""
    return next((party.name for party in complete.parties if party.dpid == dpid), dpid)


def _choreography(platform: PlatformProfile, plugins: TenantPlugins) -> Choreography:
    found = plugins.choreographies.get(platform.choreography)
    if found is None:
        message = _lack("choreography", platform.choreography, plugins.choreographies)
        raise DomainError("CHOREOGRAPHY_UNKNOWN", message)
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
