"""What a tenant says of how its deliveries hang together."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from distro_sdk.models.base import Model
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import DdexPartyId

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


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


class RuleAction(StrEnum):
    """What a rule does."""

    NOTIFY = "notify"


class OrchestratedTarget(Model):
    """A target by a name of the tenant's own. `id`: of the target; `dpid`: the party that its messages go to."""

    name: Name
    id: Annotated[str, Field(min_length=1, max_length=64)]
    dpid: DdexPartyId


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
    """The whole. `targets` stand in the order in which they are served where the type is sequential."""

    type: OrchestrationType = OrchestrationType.PARALLEL
    targets: Annotated[tuple[OrchestratedTarget, ...], Field(max_length=100)] = ()
    rules: Annotated[tuple[Rule, ...], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        for what in ("name", "id", "dpid"):
            values = [getattr(target, what) for target in self.targets]
            if len(values) != len(set(values)):
                raise ValueError(f"two targets have the same {what}")
        unknown = {rule.place for rule in self.rules} - {target.name for target in self.targets}
        if unknown:
            raise ValueError(f"a rule names {min(unknown)}, which is no target here")
        return self

    def before(self, dpid: str) -> OrchestratedTarget | None:
        """The target whose success the one of a party waits for."""
        if self.type is OrchestrationType.PARALLEL:
            return None
        places = [target.dpid for target in self.targets]
        place = places.index(dpid) if dpid in places else 0
        return self.targets[place - 1] if place else None
