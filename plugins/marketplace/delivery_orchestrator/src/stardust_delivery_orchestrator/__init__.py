"""Deliveries that hang together: an order of targets, and rules that tell teams."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel

from distro_sdk.deliveries import DeliveryAnswer, Postpone
from distro_sdk.errors import DomainError
from distro_sdk.graphql import GraphQLApi, GraphQLField
from distro_sdk.migrations import ConfigurationMigration, PluginMigration
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.models.events import DeliveryStatusChanged, Event
from distro_sdk.models.message import MessagePlan, MessageSubtype
from distro_sdk.notifiers import NoticeDraft, NotificationSeverity
from distro_sdk.plugin import Plugin, PluginContext
from stardust_delivery_orchestrator.marks import find_mark, keep_mark, mark_of
from stardust_delivery_orchestrator.notices import Notice, NoticesAsked
from stardust_delivery_orchestrator.orchestration import (
    STATUSES,
    FailurePolicy,
    Orchestration,
    OrchestrationType,
    Outcome,
    Rule,
    forget_parties,
)
from stardust_delivery_orchestrator.webhook import Webhook, WebhookSettings

__all__ = ["DeliveryOrchestratorPlugin", "Orchestration"]

OUT_OF_TURN = "DELIVERY_OUT_OF_TURN"
NOTICES = "notices"
FIRED = "fired"
END_OF_TIME = 10**17 - 1
MOST_NOTICES = 1000
ASK_AGAIN = 900.0
"""Seconds after which the turn of a delivery is looked for in any case; events bring the question forward."""

ENDED = STATUSES[Outcome.SUCCESS] | STATUSES[Outcome.FAILURE] | {DeliveryStatus.CANCELLED}
"""After which somebody's turn may have come."""

log = logging.getLogger("stardust.delivery_orchestrator")


class DeliveryOrchestratorPlugin(Plugin):
    """Keeps the order of targets and tells teams, each once (row INI-05)."""

    id: ClassVar[str] = "delivery-orchestrator"
    configuration: ClassVar[type[BaseModel] | None] = Orchestration

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._webhook = Webhook(WebhookSettings.model_validate(self.settings))

    async def check_config(self, context: PluginContext) -> None:
        """Refuse an address that the operator does not allow."""
        self._webhook.check(Orchestration.model_validate(context.configuration))

    def register_migrations(self) -> Sequence[PluginMigration]:
        """Return the step to version 2 of configurations."""
        return (ConfigurationMigration(2, forget_parties),)

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

    async def before_delivery(self, context: PluginContext, plan: MessagePlan) -> DeliveryAnswer | None:
        """Put off a release whose turn at this target has not come; DELIVERY_OUT_OF_TURN where it never will."""
        orchestration = Orchestration.model_validate(context.configuration)
        if context.delivery is None:
            raise DomainError(OUT_OF_TURN, "nobody says which delivery this is")
        earlier = orchestration.before(context.delivery.target_id)
        if earlier is None or plan.subtype is not MessageSubtype.INITIAL:
            return None
        found = await context.deliveries.find(context.delivery.release_id, earlier.id)
        told = [each.status for each in found if each.test == plan.test and each.subtype is not MessageSubtype.TAKEDOWN]
        if any(status in STATUSES[orchestration.wait_for] for status in told):
            return None
        if told and told[0] in STATUSES[Outcome.FAILURE] | {DeliveryStatus.CANCELLED}:
            if orchestration.on_failure is FailurePolicy.GO_ON:
                return None
            if orchestration.on_failure is FailurePolicy.STOP:
                raise DomainError(OUT_OF_TURN, f"{earlier.name} comes first, and its delivery is {told[0].value}")
        lacking = "does not show" if orchestration.wait_for is Outcome.LIVE else "has not got"
        return Postpone(reason=f"{earlier.name} comes first, and {lacking} this release yet", retry_after=ASK_AGAIN)

    async def on_event(self, context: PluginContext, event: Event) -> None:
        """Give the next target its turn, and keep one notice for each rule and delivery, however often it is told."""
        if not isinstance(event, DeliveryStatusChanged):
            return
        orchestration = Orchestration.model_validate(context.configuration)
        names = {target.id: target.name for target in orchestration.targets}
        if event.target_id not in names:
            return
        if orchestration.type is OrchestrationType.SEQUENTIAL and event.status in ENDED:
            await context.deliveries.ask_again(event.release_id)
        firing = [rule for rule in orchestration.rules if rule.place == names[event.target_id] and _holds(rule, event)]
        # All are kept before the first is told to anybody, who may not answer.
        kept = [await _notify(context, rule, event) for rule in firing]
        for notice in filter(None, kept):
            await _tell_team(context, orchestration, *notice)
        for notice in filter(None, kept):
            await self._webhook.tell(orchestration, *notice)


def _holds(rule: Rule, event: DeliveryStatusChanged) -> bool:
    """Whether a rule's outcome is there; a failure that the platform tries again by itself is none."""
    passing = event.in_passing and rule.outcome is Outcome.FAILURE
    return event.status in STATUSES[rule.outcome] and not passing


async def _notify(context: PluginContext, rule: Rule, event: DeliveryStatusChanged) -> tuple[str, Notice] | None:
    """The notice of this event with its id, kept; None where another event has made one before."""
    fired, mark = context.collection(FIRED), mark_of(rule.condition, rule.action, rule.target, event.delivery_id)
    # Who is told of the same event again writes the same notice: a crash between the two writes loses none.
    if not await keep_mark(fired, mark, event.id) and await find_mark(fired, mark) != event.id:
        return None
    notice = Notice(
        team=rule.target,
        condition=rule.condition,
        delivery_id=event.delivery_id,
        release_id=event.release_id,
        status=event.status,
        at=event.at,
    )
    newest_first = f"{END_OF_TIME - round(event.at.timestamp() * 1000):017d}-{mark}"
    notices = context.collection(NOTICES)
    await notices.put(newest_first, notice.model_dump(mode="json"))
    log.info("%s told of %s: delivery %s", rule.target, rule.condition, event.delivery_id)
    kept = await notices.list(first=MOST_NOTICES)
    if len(kept) == MOST_NOTICES:
        for older in await notices.list(first=MOST_NOTICES, after=kept[-1].key):
            await notices.delete(older.key)
    return mark, notice


async def _tell_team(context: PluginContext, orchestration: Orchestration, mark: str, notice: Notice) -> None:
    """Tell a team that has addresses by the tenant's channels; the platform tells each notice once."""
    addresses = orchestration.teams.get(notice.team)
    if not addresses:
        return
    failed = notice.condition.endswith(Outcome.FAILURE.value)
    draft = NoticeDraft(
        key=mark,
        title=f"{notice.condition}: a delivery is {notice.status.value}",
        message=f"The rule {notice.condition} tells {notice.team} of it.",
        severity=NotificationSeverity.ERROR if failed else NotificationSeverity.SUCCESS,
        addresses=addresses,
        delivery_id=notice.delivery_id,
        release_id=notice.release_id,
    )
    await context.notify(draft)


async def _notices(context: PluginContext, asked: NoticesAsked) -> list[Notice]:
    kept = await context.collection(NOTICES).list(first=MOST_NOTICES)
    notices = (Notice.model_validate(document.content) for document in kept)
    return [notice for notice in notices if asked.team in {None, notice.team}][: asked.first]
