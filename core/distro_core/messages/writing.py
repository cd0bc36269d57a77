"""From a plan to bytes: the message, and the messages that travel beside it, in the words of one format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from distro_core.messages.capabilities import check_plan
from distro_core.messages.companions import AccompaniedPlan, build_companions
from distro_sdk.messages import CompanionBuilder, MessageBuilder
from distro_sdk.models.delivery import CompanionMessage, FileKind
from distro_sdk.models.message import MessagePlan, MessageSubtype


@dataclass(frozen=True)
class WrittenMessage:
    """A message with its plan, which names the companions, and these themselves."""

    plan: MessagePlan
    content: bytes
    companions: tuple[CompanionMessage, ...] = ()


def write_message(
    plan: MessagePlan,
    builder: MessageBuilder,
    companions: Mapping[str, CompanionBuilder],
    resource_uri: Callable[[FileKind, str], str],
) -> WrittenMessage:
    """Write a plan; nothing travels beside a takedown. Blocks, so call it in a thread.

    `companions`: builders by format; `resource_uri`: where the choreography puts a file, relative to the message.
    Raises `DomainErrors` with every reason why the format cannot say it.
    """
    check_plan(builder, plan, companions)
    accompanied = AccompaniedPlan(plan)
    if plan.subtype is not MessageSubtype.TAKEDOWN:
        accompanied = build_companions(plan, companions, resource_uri)
    return WrittenMessage(accompanied.plan, builder.build(accompanied.plan), accompanied.companions)
