"""Everything that happens, as one union. Events are told at least once: handlers must bear repetition."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from distro_sdk.models.base import Model
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.models.message import MessageSubtype


class EventBase(Model):
    """What every event carries. `id` is the same each time the event is told again."""

    id: str
    tenant_id: str
    at: datetime


class ReleaseChanged(EventBase):
    """A release was created, changed or deleted."""

    type: Literal["release.changed"] = "release.changed"
    release_id: str
    change: Literal["created", "updated", "deleted"]
    revision: int


class AssetStored(EventBase):
    """A file passed its checks and lies in storage."""

    type: Literal["asset.stored"] = "asset.stored"
    asset_id: str


class ImportFinished(EventBase):
    """An import ran to its end; `failed` rows are in its report."""

    type: Literal["import.finished"] = "import.finished"
    import_id: str
    succeeded: int
    failed: int


class DeliveryStatusChanged(EventBase):
    """A delivery moved from one status to another. `in_passing`: it went on in the same step, and never stood there."""

    type: Literal["delivery.status_changed"] = "delivery.status_changed"
    delivery_id: str
    release_id: str
    target_id: str
    subtype: MessageSubtype
    previous: DeliveryStatus
    status: DeliveryStatus
    in_passing: bool = False


class CircuitOpened(EventBase):
    """Nothing is sent to a target for a while, because it failed several times in a row."""

    type: Literal["circuit.opened"] = "circuit.opened"
    target_id: str
    failures: int
    reason: str


class TargetPaused(EventBase):
    """The platform holds a target back, because a person has to mend something first, such as its credentials."""

    type: Literal["target.paused"] = "target.paused"
    target_id: str
    reason: str


class DeliveryStalled(EventBase):
    """A delivery has not moved for as long as is set. `since`: when its status changed last."""

    type: Literal["delivery.stalled"] = "delivery.stalled"
    delivery_id: str
    release_id: str
    target_id: str
    status: DeliveryStatus
    since: datetime


class ScheduleRunFailed(EventBase):
    """A schedule's moment came and nothing was made, or not all of it. `code`, `reason`: why.

    ALREADY_DELIVERED: nothing is new; DELIVERY_IN_PROGRESS: of all its releases, or of some, another delivery is under
    way.
    """

    type: Literal["schedule.run_failed"] = "schedule.run_failed"
    schedule_id: str
    target_id: str
    due_at: datetime
    code: str
    reason: str


class PluginEnablementChanged(EventBase):
    """A tenant enabled or disabled a plugin."""

    type: Literal["plugin.enablement_changed"] = "plugin.enablement_changed"
    plugin_id: str
    enabled: bool


Event = Annotated[
    ReleaseChanged
    | AssetStored
    | ImportFinished
    | DeliveryStatusChanged
    | DeliveryStalled
    | CircuitOpened
    | TargetPaused
    | ScheduleRunFailed
    | PluginEnablementChanged,
    Field(discriminator="type"),
]

event_adapter: TypeAdapter[Event] = TypeAdapter(Event)
