"""What a version of ERN 4 cannot say: refused before anything is written, every reason at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from distro_sdk.ern4.writing.dialect import Dialect
from distro_sdk.ern4.writing.vocabulary import release_type
from distro_sdk.errors import DomainError
from distro_sdk.models.message import MessagePlan, MessageType, ReleaseProfile
from distro_sdk.models.planned_releases import PlannedGroup, PlannedVisibility
from distro_sdk.models.planned_resources import PlannedRecording

LANGUAGE: Final = re.compile(
    r"[a-zA-Z]{2,3}(-[a-zA-Z]+)?(-[a-zA-Z]{2}|-[0-9]{3})?(-[a-zA-Z][a-zA-Z0-9]{4}[a-zA-Z0-9]*)?"
)
"""Languages as the schemas of ERN 4 know them: language, script, region, variant."""

WITH_VARIANTS: Final = frozenset({ReleaseProfile.AUDIO, ReleaseProfile.VIDEO, ReleaseProfile.MIXED_MEDIA})


def find_refusals(plan: MessagePlan, dialect: Dialect) -> Iterator[DomainError]:
    """Every reason why the plan cannot be told, with its path into the release, or into what the target wants."""
    version = f"ERN {dialect.version}"
    if plan.type is MessageType.CATALOG_LIST:
        text = f"{version} has no CatalogListMessage; ERN 3.8.2 has one"
        yield DomainError("MESSAGE_TYPE_UNSUPPORTED", text, ("type",))
        return
    if plan.type is MessageType.NEW_RELEASE:
        yield from _profile_refusals(plan, version)
        yield from _deal_refusals(plan, dialect, version)
        yield from _visibility_refusals(plan, dialect, version)
    yield from _language_refusals(plan, version)


def _profile_refusals(plan: MessagePlan, version: str) -> Iterator[DomainError]:
    if release_type(plan) is None:
        kind = " ".join((plan.profile.value, *(variant.value for variant in plan.variants)))
        text = f"a release of type {plan.release.type} cannot be told with the profile {kind}"
        yield DomainError("RELEASE_TYPE_UNSUPPORTED", text, ("type",))
    if plan.variants and plan.profile not in WITH_VARIANTS:
        named = " ".join(variant.value for variant in plan.variants)
        text = f"{version} has no variant {named} of the profile {plan.profile.value}"
        yield DomainError("VARIANT_UNSUPPORTED", text, ("variants",))


def _deal_refusals(plan: MessagePlan, dialect: Dialect, version: str) -> Iterator[DomainError]:
    if any(deal.withdrawal for deal in plan.deals):
        text = f"{version} has no deal that says a release is taken down: leave its deals out, end them, or purge it"
        yield DomainError("TAKEDOWN_FORM_UNSUPPORTED", text, ("options", "takedown_form"))
    if any(deal.channels and deal.excluded_channels for deal in plan.deals):
        text = "a deal names either the channels it is for or those it is not for"
        yield DomainError("CHANNELS_CONTRADICTORY", text, ("options", "excluded_channels"))
    told = {deal.terms.price.currency for deal in plan.deals if deal.terms.price and not deal.price_code}
    for currency in sorted(told - dialect.currencies):
        yield DomainError("CURRENCY_UNSUPPORTED", f"{version} knows no currency {currency}", ("terms",))


def _visibility_refusals(plan: MessagePlan, dialect: Dialect, version: str) -> Iterator[DomainError]:
    """4.2 tells from when clips are shown for tracks alone."""
    if dialect.releases_show_clips or not plan.deals:
        return
    of_tracks = {visibility.clip_start for visibility in plan.visibilities if visibility.track}
    if any(_hides_clips(visibility) and visibility.clip_start not in of_tracks for visibility in plan.visibilities):
        text = f"{version} cannot tell from when clips of a release without track releases are shown"
        yield DomainError("VISIBILITY_UNSUPPORTED", text, ("visibility", "clip_start"))


def _hides_clips(visibility: PlannedVisibility) -> bool:
    return not visibility.track and visibility.clip_start != visibility.display_start


def _language_refusals(plan: MessagePlan, version: str) -> Iterator[DomainError]:
    if all(map(LANGUAGE.fullmatch, _languages(plan))):
        return
    faulty = _Languages(version)
    yield from faulty.check(plan.language, ("language",))
    for place, translation in enumerate(plan.release.translations):
        yield from faulty.check(translation.language, ("translations", place, "language"))
    order = {reference: place for place, reference in enumerate(_played(plan.release.group))}
    for recording in sorted(plan.recordings, key=lambda recording: order.get(recording.reference, 0)):
        track = ("tracks", order.get(recording.reference, 0))
        if recording.language:
            yield from faulty.check(recording.language, (*track, "language"))
        for place, translation in enumerate(recording.translations):
            yield from faulty.check(translation.language, (*track, "translations", place, "language"))


def _languages(plan: MessagePlan) -> set[str]:
    holders: tuple[PlannedRecording, ...] = plan.recordings
    told = {plan.language, *(recording.language for recording in holders if recording.language)}
    told |= {translation.language for holder in holders for translation in holder.translations}
    return told | {translation.language for translation in plan.release.translations}


def _played(group: PlannedGroup) -> Iterator[str]:
    """References in playing order: groups and items of a group share one sequence."""
    entries = [(inner.sequence or 0, tuple(_played(inner))) for inner in group.groups]
    entries += [(item.sequence, (item.resource_reference,)) for item in group.items if item.sequence is not None]
    for _, references in sorted(entries, key=lambda entry: entry[0]):
        yield from references


class _Languages:
    """Judges languages. `version` is told where one is refused."""

    def __init__(self, version: str) -> None:
        self._version = version

    def check(self, language: str, path: tuple[str | int, ...]) -> Iterator[DomainError]:
        """Refuse a language that the schema has no form for."""
        if not LANGUAGE.fullmatch(language):
            text = f"{self._version} cannot tell the language {language}: it knows language, script, region, variant"
            yield DomainError("LANGUAGE_UNSUPPORTED", text, path)
