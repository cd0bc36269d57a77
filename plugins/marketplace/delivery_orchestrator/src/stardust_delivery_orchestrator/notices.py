"""What teams were told, as the plugin keeps it and answers it over GraphQL."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from distro_sdk.models.base import Model
from distro_sdk.models.delivery import DeliveryStatus


class Notice(Model):
    """One notice: a rule that held for a delivery."""

    team: str = Field(description="The team that is told, as the rule names it.")
    condition: str = Field(description="The rule's condition, such as `spotify.success`.")
    delivery_id: str = Field(description="The delivery that it held for.")
    release_id: str = Field(description="The release that was delivered.")
    status: DeliveryStatus = Field(description="The status that made it hold.")
    at: datetime = Field(description="When the delivery came to that status.")


class NoticesAsked(Model):
    """Which notices are wanted."""

    team: str | None = Field(default=None, max_length=40, description="Those of one team alone.")
    first: int = Field(default=50, ge=1, le=200, description="How many, the newest first.")
