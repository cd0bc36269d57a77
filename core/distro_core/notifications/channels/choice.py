"""What a tenant or a user has chosen of a channel."""

from __future__ import annotations

from distro_sdk.models.base import Model
from distro_sdk.models.delivery import DeliveryStatus


class ChannelChoice(Model):
    """`enabled`: whether it is used at all; `statuses`: of which deliveries alone, None for all that there are;
    `plugin`: whose channel it was when it was chosen: it does not count for another plugin's of the same key.
    """

    enabled: bool = True
    statuses: tuple[DeliveryStatus, ...] | None = None
    plugin: str = ""

    def wants(self, status: DeliveryStatus | None) -> bool:
        """Whether a notification is wanted. `status`: of a delivery, None of anything else."""
        return self.enabled and (status is None or self.statuses is None or status in self.statuses)
