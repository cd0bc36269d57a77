"""What `message build` and `package build` ask alike: who tells whom what, in which format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from distro_sdk.errors import DomainError
from distro_sdk.models.message import HashAlgorithm, MessageOptions, MessageSubtype, ReleaseProfile, TakedownForm

if TYPE_CHECKING:
    from distro_core.messages.standalone import StandaloneOrder

Plugins = Annotated[
    list[str] | None, typer.Option("--plugin", help="Id of an installed plugin to use beside the built-in ones.")
]


def read_dpid(value: str) -> str:
    """A party id of the command line; raises `BadParameter`."""
    from distro_core.catalogue.identifiers import check_dpid

    try:
        return check_dpid(value)
    except DomainError as error:
        raise typer.BadParameter(error.message) from error


def read_moment(value: str) -> datetime:
    """A moment in ISO 8601, UTC where it names no zone; raises `BadParameter`."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise typer.BadParameter(f"{value!r} is not a moment such as 2026-01-31T12:00:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_settings(given: Sequence[str]) -> dict[str, Any]:
    """Settings as ``name=value``, where a value that is no JSON is a text; raises `BadParameter`."""
    settings: dict[str, Any] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise typer.BadParameter(f"{one!r} is not NAME=VALUE")
        try:
            settings[name] = json.loads(value)
        except json.JSONDecodeError:
            settings[name] = value
    return settings


class MessageKind(StrEnum):
    """What kind of message to build."""

    INITIAL = "initial"
    UPDATE = "update"
    TAKEDOWN = "takedown"
    PURGE = "purge"
    CATALOG_LIST = "catalog-list"

    @property
    def subtype(self) -> MessageSubtype:
        """Why the release is told about; a purge is a takedown, a list of a catalogue tells it anew."""
        if self is MessageKind.PURGE:
            return MessageSubtype.TAKEDOWN
        return MessageSubtype.INITIAL if self is MessageKind.CATALOG_LIST else MessageSubtype(self.value)


TOLD_OF_FILES = frozenset(
    {
        "choreography",
        "profile",
        "takedown_form",
        "hash_algorithm",
        "immersive",
        "update_indicator",
        "further_images",
        "booklet",
        "companions",
        "settings",
    }
)
"""Options that say something of deals and files: messages without these, such as a list, would ignore them."""


@dataclass(frozen=True, kw_only=True)
class MessageChoices:
    """The options of both commands, as they were given.

    `given`: how those options of the command that somebody gave are called on the command line, by their names.
    """

    format: Annotated[str, typer.Option(help="Format, such as ern/3.8.2 or apple/5.3.")] = "ern/4.3"
    kind: Annotated[MessageKind, typer.Option("--type", help="What to tell.")] = MessageKind.INITIAL
    sender: Annotated[str | None, typer.Option(parser=read_dpid, help="Sender's party id; else the label's.")] = None
    recipient: Annotated[
        str | None, typer.Option(parser=read_dpid, help="Recipient's party id; else the platform's.")
    ] = None
    platform: Annotated[
        str | None, typer.Option(help="Platform whose terms, layout and genres hold; else one that takes the format.")
    ] = None
    created: Annotated[datetime | None, typer.Option(parser=read_moment, help="When it was made; else now.")] = None
    profile: Annotated[ReleaseProfile | None, typer.Option(help="Profile; else the release decides.")] = None
    takedown_form: Annotated[TakedownForm, typer.Option(help="How a takedown is said.")] = TakedownForm.NO_DEALS
    hash_algorithm: Annotated[HashAlgorithm, typer.Option(help="Hash of the files.")] = HashAlgorithm.MD5
    immersive: Annotated[bool, typer.Option("--immersive", help="Deliver immersive twins of recordings.")] = False
    update_indicator: Annotated[
        bool, typer.Option("--update-indicator", help="Say OriginalMessage or UpdateMessage (ERN 3.8.2).")
    ] = False
    further_images: Annotated[
        bool, typer.Option("--further-images/--cover-only", help="Tell of images beside the front cover.")
    ] = True
    booklet: Annotated[bool, typer.Option(help="Tell of the booklet.")] = True
    companions: Annotated[
        list[str] | None, typer.Option("--companion", help="Format of a message that travels beside, such as mead/1.1.")
    ] = None
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of the format; VALUE is JSON.")
    ] = None
    test: Annotated[bool, typer.Option("--test", help="Mark it as a test.")] = False
    plugins: Plugins = None
    given: Mapping[str, str] = field(default_factory=dict)

    def refuse_ignored(self, what: str) -> None:
        """Raise `BadParameter` where an option was given that would change nothing in `what`."""
        for name in sorted(TOLD_OF_FILES & self.given.keys()):
            raise typer.BadParameter(f"it changes nothing in {what}: leave it out", param_hint=self.given[name])

    def order(self, message_id: str, choreography: str | None = None) -> StandaloneOrder:
        """The order of one message; raises `BadParameter` for a setting that is none."""
        from distro_core.messages.standalone import StandaloneOrder

        return StandaloneOrder(
            format=self.format,
            platform=self.platform,
            choreography=choreography,
            subtype=self.kind.subtype,
            message_id=message_id,
            created_at=self.created or datetime.now(UTC),
            test=self.test,
            sender=self.sender,
            recipient=self.recipient,
            profile=self.profile,
            options=MessageOptions(
                takedown_form=TakedownForm.PURGE if self.kind is MessageKind.PURGE else self.takedown_form,
                hash_algorithm=self.hash_algorithm,
                immersive_audio=self.immersive,
                further_images=self.further_images,
                booklet=self.booklet,
                update_indicator=self.update_indicator,
                companions=tuple(self.companions or ()),
            ),
            settings=read_settings(self.settings or ()),
        )


def with_message_choices(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of `MessageChoices`, which it gets together as its argument `choices`."""
    own = [one for one in signature(command, eval_str=True).parameters.values() if one.name != "choices"]
    hints = get_type_hints(MessageChoices, include_extras=True)
    names = [one.name for one in fields(MessageChoices) if one.name != "given"]
    shared = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=getattr(MessageChoices, name), annotation=hints[name])
        for name in names
    ]
    asked = Parameter("context", Parameter.KEYWORD_ONLY, annotation=typer.Context)

    @wraps(command)
    def run(*, context: typer.Context, **options: Any) -> None:
        chosen = {name: options.pop(name) for name in names}
        command(choices=MessageChoices(**chosen, given=_given(context)), **options)

    parameters = [asked, *own, *shared]
    vars(run)["__signature__"] = Signature(parameters)
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def _given(context: typer.Context) -> Mapping[str, str]:
    """How the options that stand on the command line are called there, by their names."""
    told: dict[str, str] = {}
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if source is not None and source.name == "COMMANDLINE":
            told[parameter.name or ""] = "/".join((*parameter.opts, *parameter.secondary_opts))
    return told
