"""An example plugin for Stardust Distro that decides: a label's own rules. It imports the SDK only."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from distro_sdk import DomainError, DomainErrors, Plugin, PluginContext
from distro_sdk.models.assets import Asset
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import Release
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.message import MessagePlan, MessageSubtype

__all__ = ["HouseRules", "HouseRulesPlugin"]

SPACES = re.compile(r"\s+")


class HouseRules(Model):
    """What a tenant configures; nothing applies unless it is set.

    `forbidden_words`: words that no title contains, in whatever case; `tidy_titles`: whether runs of white space in
    titles become one space; `lossless_only`: whether lossy audio is refused; `p_line_company`: who stands on the P-line
    of recordings that have none; `lead_time`: days between the sending of a new release and its release date.
    """

    forbidden_words: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    tidy_titles: bool = False
    lossless_only: bool = False
    p_line_company: str | None = Field(default=None, min_length=1)
    lead_time: int = Field(default=0, ge=0, le=365)


class HouseRulesPlugin(Plugin):
    """Keeps a label's rules, each in the hook where it can still be kept."""

    id: ClassVar[str] = "house-rules"
    configuration: ClassVar[type[BaseModel] | None] = HouseRules

    async def check_config(self, context: PluginContext) -> None:
        """Refuse rules that contradict each other."""
        rules = _rules(context)
        company = (rules.p_line_company or "").casefold()
        if any(word.casefold() in company for word in rules.forbidden_words):
            raise DomainError("RULES_CONTRADICT", "the P-line has a forbidden word", ("p_line_company",))

    async def before_release(self, context: PluginContext, release: Release) -> Release:
        """Tidy the titles, then refuse those with forbidden words, all at once."""
        rules = _rules(context)
        if rules.tidy_titles:
            release = _tidied(release)
        titles = {("title",): release.title} | {
            ("tracks", index, "title"): track.title for index, track in enumerate(release.tracks)
        }
        errors = [
            DomainError("TITLE_FORBIDDEN", f"a title must not contain {word!r}", path)
            for path, title in titles.items()
            for word in rules.forbidden_words
            if word.casefold() in title.casefold()
        ]
        if errors:
            raise DomainErrors(errors)
        return release

    async def before_asset_process(self, context: PluginContext, asset: Asset) -> None:
        """Refuse lossy audio."""
        if _rules(context).lossless_only and asset.audio is not None and not asset.audio.lossless:
            raise DomainError("AUDIO_LOSSY", f"{asset.file_name} is {asset.audio.format}, which is lossy")

    async def prepare_message(self, context: PluginContext, plan: MessagePlan) -> MessagePlan:
        """Write a P-line for recordings that have none, of the year in which they were first published."""
        company = _rules(context).p_line_company
        if company is None:
            return plan
        recordings = []
        for recording in plan.sound_recordings:
            year = (recording.first_publication_date or plan.release.release_date).year
            line = recording.p_line or RightsLine(year=year, text=f"{year} {company}", company=company)
            recordings.append(recording.model_copy(update={"p_line": line}))
        return plan.model_copy(update={"sound_recordings": tuple(recordings)})

    async def before_delivery(self, context: PluginContext, plan: MessagePlan) -> None:
        """Refuse to send a new release later than the label wants it."""
        lead_time = _rules(context).lead_time
        latest = plan.release.release_date - timedelta(days=lead_time)
        if plan.subtype is MessageSubtype.INITIAL and plan.created_at.date() > latest:
            raise DomainError("LEAD_TIME_MISSED", f"it should have been sent by {latest}")


def _rules(context: PluginContext) -> HouseRules:
    return HouseRules.model_validate(context.configuration)


def _tidied(release: Release) -> Release:
    tracks = tuple(track.model_copy(update={"title": _tidy(track.title)}) for track in release.tracks)
    return release.model_copy(update={"title": _tidy(release.title), "tracks": tracks})


def _tidy(title: str) -> str:
    return SPACES.sub(" ", title).strip()
