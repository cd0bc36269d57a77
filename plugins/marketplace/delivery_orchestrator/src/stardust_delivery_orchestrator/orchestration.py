"""What a tenant says of how its deliveries hang together."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, model_validator

from distro_sdk.models.base import Model
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.notifiers import MOST_ADDRESSES, EmailAddress

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


Addresses = Annotated[tuple[EmailAddress, ...], Field(min_length=1, max_length=MOST_ADDRESSES)]


class OrchestrationType(StrEnum):
    """`parallel`: nobody waits; `sequential`: each target waits for the one before it."""

    PARALLEL = "parallel"
    SEQUENTIAL = "sequential"


class Outcome(StrEnum):
    """What a rule waits for."""

    SUCCESS = "success"
    FAILURE = "failure"
    LIVE = "live"


STATUSES: Mapping[Outcome, frozenset[Status]] = {
    Outcome.SUCCESS: frozenset({Status.DISTRIBUTED, Status.LIVE, Status.UPDATED, Status.REMOVED}),
    Outcome.FAILURE: frozenset({Status.FAILED, Status.NEEDS_ATTENTION, Status.REJECTED}),
    Outcome.LIVE: frozenset({Status.LIVE}),
}


class FailurePolicy(StrEnum):
    """What becomes of a delivery whose turn does not come because the one before it failed.

    `wait`: it waits until somebody has mended that; `stop`: it needs attention, too; `go_on`: it goes all the same.
    """

    WAIT = "wait"
    STOP = "stop"
    GO_ON = "go_on"


class RuleAction(StrEnum):
    """What a rule does."""

    NOTIFY = "notify"


class OrchestratedTarget(Model):
    """A target by a name of the tenant's own. `id`: of the target."""

    name: Name
    id: Annotated[str, Field(min_length=1, max_length=64)]


class Rule(Model):
    """`condition`: a target's name and an outcome, such as ``spotify.success``; `target`: the team that is told."""

    condition: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}\.(success|failure|live)$")]
    action: RuleAction = RuleAction.NOTIFY
    target: Name

    @property
    def place(self) -> str:
        """The name of the target whose deliveries it is about."""
        return self.condition.partition(".")[0]

    @property
    def outcome(self) -> Outcome:
        """What became of them."""
        return Outcome(self.condition.partition(".")[2])


class Orchestration(Model):
    """The whole. `targets` stand in the order in which they are served where the type is sequential.

    `wait_for`: what the next one waits for, `success` or `live`; `on_failure`: what it does where that does not come;
    `webhook_url`: where notices are told, signed with `webhook_secret`; `teams`: by name, the addresses of
    those that are told by the tenant's channels, too.
    """

    type: OrchestrationType = OrchestrationType.PARALLEL
    wait_for: Literal[Outcome.SUCCESS, Outcome.LIVE] = Outcome.SUCCESS
    on_failure: FailurePolicy = FailurePolicy.WAIT
    targets: Annotated[tuple[OrchestratedTarget, ...], Field(max_length=100)] = ()
    rules: Annotated[tuple[Rule, ...], Field(max_length=200)] = ()
    teams: Mapping[Name, Addresses] = Field(default_factory=dict, max_length=50)
    webhook_url: Annotated[str, Field(pattern=r"^https?://[^\s@/]+(/\S*)?$", max_length=1000)] | None = None
    webhook_secret: Annotated[SecretStr, Field(min_length=16, max_length=200)] | None = None

    @model_validator(mode="after")
    def _calls_are_signed(self) -> Self:
        if self.webhook_url is not None and self.webhook_secret is None:
            raise ValueError("a webhook needs a secret to sign its calls with")
        return self

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        for what in ("name", "id"):
            values = [getattr(target, what) for target in self.targets]
            if len(values) != len(set(values)):
                raise ValueError(f"two targets have the same {what}")
        unknown = {rule.place for rule in self.rules} - {target.name for target in self.targets}
        if unknown:
            raise ValueError(f"a rule names {min(unknown)}, which is no target here")
        return self

    def before(self, target_id: str) -> OrchestratedTarget | None:
        """The target whose turn is before that of another one."""
        if self.type is OrchestrationType.PARALLEL:
            return None
        places = [target.id for target in self.targets]
        place = places.index(target_id) if target_id in places else 0
        return self.targets[place - 1] if place else None


def forget_parties(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    """The form of version 2: version 1 told targets by the party that their messages go to."""
    targets = [{name: target[name] for name in target if name != "dpid"} for target in configuration.get("targets", ())]
    return {**configuration, "targets": targets}
