"""Messages that travel beside that of a release: built first, so that the release's own message can name them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from distro_sdk.choreography.files import hash_bytes
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.messages import CompanionBuilder
from distro_sdk.models.delivery import CompanionMessage, FileKind
from distro_sdk.models.message import CompanionFile, MessagePlan
from distro_sdk.models.planned_resources import PlannedFile


@dataclass(frozen=True)
class AccompaniedPlan:
    """A plan that names its companions, and these themselves."""

    plan: MessagePlan
    companions: tuple[CompanionMessage, ...] = ()


def build_companions(
    plan: MessagePlan, builders: Mapping[str, CompanionBuilder], resource_uri: Callable[[FileKind, str], str]
) -> AccompaniedPlan:
    """Every companion that the plan's options ask for and that has something to say.

    `builders`: by format; `resource_uri`: where the choreography puts a file, relative to the message. Raises
    `DomainErrors` COMPANION_UNKNOWN for formats that no plugin builds, and what the builders raise.
    """
    _refuse_unknown(plan, builders)
    built: list[CompanionMessage] = []
    for format in dict.fromkeys(plan.options.companions):
        content = builders[format].build(plan)
        if content is not None:
            built.append(CompanionMessage(format=format, name=builders[format].file_name(plan), content=content))
    named = tuple(_describe(companion, resource_uri) for companion in built)
    return AccompaniedPlan(plan.model_copy(update={"companions": named}), tuple(built))


def _refuse_unknown(plan: MessagePlan, builders: Mapping[str, CompanionBuilder]) -> None:
    known = ", ".join(sorted(builders)) or "none"
    unknown = [
        DomainError("COMPANION_UNKNOWN", f"there is no companion {format}; there is {known}", ("companions", place))
        for place, format in enumerate(plan.options.companions)
        if format not in builders
    ]
    if unknown:
        raise DomainErrors(unknown)


def _describe(companion: CompanionMessage, resource_uri: Callable[[FileKind, str], str]) -> CompanionFile:
    """A companion is no asset: its name stands for the id that an asset would have."""
    uri = resource_uri(FileKind.COMPANION, companion.name)
    file = PlannedFile(
        uri=uri,
        name=companion.name,
        asset_id=companion.name,
        size=len(companion.content),
        hashes=hash_bytes(companion.content),
    )
    return CompanionFile(format=companion.format, uri=uri, file=file)
