"""Credits beyond those of the catalogue: session musicians, engineers and studios."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel

from distro_sdk.models.message import MessagePlan
from distro_sdk.plugin import Plugin, PluginContext
from stardust_advanced_credits.credits import AdvancedCredits, Credit, CreditKind
from stardust_advanced_credits.telling import tell_credits

__all__ = ["AdvancedCredits", "AdvancedCreditsPlugin", "Credit", "CreditKind"]


class AdvancedCreditsPlugin(Plugin):
    """Adds a label's credits to every message, whatever its format (row INI-04)."""

    id: ClassVar[str] = "advanced-credits"
    configuration: ClassVar[type[BaseModel] | None] = AdvancedCredits

    async def prepare_message(self, context: PluginContext, plan: MessagePlan) -> MessagePlan:
        """Return the plan with the credits of its recordings."""
        return tell_credits(plan, AdvancedCredits.model_validate(context.configuration).credits)
