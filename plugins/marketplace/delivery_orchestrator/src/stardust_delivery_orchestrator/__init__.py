"""Deliveries that hang together: an order of targets, and rules that tell teams."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from typing import ClassVar

from pydantic import BaseModel

from distro_sdk.errors import DomainError
from distro_sdk.graphql import GraphQLApi, GraphQLField
from distro_sdk.models.catalogue import Release
from distro_sdk.models.events import DeliveryStatusChanged, Event
from distro_sdk.models.message import MessagePlan, MessageSubtype
from distro_sdk.plugin import Plugin, PluginContext
from stardust_delivery_orchestrator.notices import Notice, NoticesAsked
from stardust_delivery_orchestrator.orchestration import STATUSES, Orchestration, Outcome, Rule

__all__ = ["DeliveryOrchestratorPlugin", "Orchestration"]

OUT_OF_TURN = "DELIVERY_OUT_OF_TURN"
NOTICES = "notices"
SUCCESSES = "successes"
RELEASES = "releases"
END_OF_TIME = 10**17 - 1
MOST_NOTICES = 1000

log = logging.getLogger("stardust.delivery_orchestrator")


class DeliveryOrchestratorPlugin(Plugin):
    """Keeps the order of targets and tells teams, each once (row INI-05)."""

    id: ClassVar[str] = "delivery-orchestrator"
    configuration: ClassVar[type[BaseModel] | None] = Orchestration

    def register_graphql(self) -> Sequence[GraphQLApi]:
        """Return the query for what teams were told."""
        notices = GraphQLField(
            name="notices",
            description="What the rules told teams, the newest first.",
            permission="delivery:read",
            returns=list[Notice],
            resolve=_notices,
            arguments=NoticesAsked,
        )
        return (GraphQLApi("deliveryOrchestrator", "Rules that follow deliveries.", queries=(notices,)),)

    async def after_release(self, context: PluginContext, release: Release) -> None:
        """Remember which barcode is which release: messages tell the one, events the other."""
        if release.icpn and context.configuration.get("type") == "sequential":
            await context.collection(RELEASES).put(_barcode(release.icpn), {"release_id": release.id})

    async def before_delivery(self, context: PluginContext, plan: MessagePlan) -> None:
        """Refuse a release whose turn at this target has not come: DELIVERY_OUT_OF_TURN."""
        orchestration = Orchestration.model_validate(context.configuration)
        earlier = orchestration.before(plan.recipients[0].dpid)
        if earlier is None or plan.subtype is not MessageSubtype.INITIAL:
            return
        known = await context.collection(RELEASES).get(_barcode(plan.release.icpn))
        key = _digest(earlier.id, str(known.content["release_id"])) if known else ""
        if not key or await context.collection(SUCCESSES).get(key) is None:
            message = f"{earlier.name} comes first, and has not got this release yet"
            raise DomainError(OUT_OF_TURN, message, ("recipients",))

    async def on_event(self, context: PluginContext, event: Event) -> None:
        """Note successes, and keep one notice for each rule and delivery, however often an event is told."""
        if not isinstance(event, DeliveryStatusChanged):
            return
        orchestration = Orchestration.model_validate(context.configuration)
        names = {target.id: target.name for target in orchestration.targets}
        if event.target_id not in names:
            return
        if event.status in STATUSES[Outcome.SUCCESS]:
            await context.collection(SUCCESSES).put(_digest(event.target_id, event.release_id), {"at": str(event.at)})
        for rule in orchestration.rules:
            if rule.place == names[event.target_id] and _holds(rule, event):
                await _notify(context, rule, event)


def _holds(rule: Rule, event: DeliveryStatusChanged) -> bool:
    """Whether a rule's outcome is there; a failure that the platform tries again by itself is none."""
    passing = event.in_passing and rule.outcome is Outcome.FAILURE
    return event.status in STATUSES[rule.outcome] and not passing


async def _notify(context: PluginContext, rule: Rule, event: DeliveryStatusChanged) -> None:
    fired = context.collection("fired")
    mark = _digest(rule.condition, rule.action, rule.target, event.delivery_id)
    if await fired.get(mark) is not None:
        return
    notice = Notice(
        team=rule.target,
        condition=rule.condition,
        delivery_id=event.delivery_id,
        release_id=event.release_id,
        status=event.status,
        at=event.at,
    )
    # The same event makes the same key, so that a crash between the two writes makes no second notice.
    newest_first = f"{END_OF_TIME - round(event.at.timestamp() * 1000):017d}-{mark}"
    await context.collection(NOTICES).put(newest_first, notice.model_dump(mode="json"))
    with suppress(DomainError):  # another process was told at the same moment
        await fired.put(mark, {"event_id": event.id}, revision=0)
        log.info("%s told of %s: delivery %s", rule.target, rule.condition, event.delivery_id)


async def _notices(context: PluginContext, asked: NoticesAsked) -> list[Notice]:
    kept = await context.collection(NOTICES).list(first=MOST_NOTICES)
    notices = (Notice.model_validate(document.content) for document in kept)
    return [notice for notice in notices if asked.team in {None, notice.team}][: asked.first]


def _barcode(icpn: str) -> str:
    return icpn.zfill(14)


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:40]
