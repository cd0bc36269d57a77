"""Whether a target can be used at all, whatever is sent to it."""

from __future__ import annotations

from collections.abc import Iterator

from distro_core.delivery.readiness.issues import ReadinessGroup, ReadinessIssue, of_target
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.metadata_connections import open_links
from distro_core.messages.capabilities import (
    faults_of,
    find_option_faults,
    find_profile_fault,
    read_choreography_settings,
    read_message_settings,
)
from distro_core.platforms.titles import quote_title
from distro_core.scope import Scope
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.validation import Severity
from distro_sdk.platform_rules import CommercialTermsRule
from distro_sdk.platforms import PlatformProfile


async def find_target_faults(scope: Scope, target: TargetDocument) -> list[ReadinessIssue]:
    """Why nothing could be sent to a target now: what is switched off, missing or contradictory.

    Secrets are opened to see whether they can be, and forgotten at once; nothing is connected to.
    """
    found = list(_state_faults(target))
    absent = [scope.plugins.unknown("transport", key) for key in _missing_transports(scope, target)]
    errors = [*_unknown_plugins(scope, target), *_message_faults(scope, target), *absent]
    if errors:
        found += of_target(DomainErrors(errors), target.id)
    if not absent:
        try:
            await open_links(scope, target)
        except DomainError as error:
            found += of_target(error, target.id)
    profile = scope.plugins.platforms.get(target.platform or "")
    if profile is not None:
        found += _profile_faults(target, profile, target.format in scope.plugins.message_builders)
    return found


def _state_faults(target: TargetDocument) -> Iterator[ReadinessIssue]:
    if not target.active:
        yield _issue(target, "TARGET_INACTIVE", f"target {target.name} is switched off", "active")
    if target.test_mode:
        message = f"target {target.name} is in test mode: what it gets is a test, and nothing is released"
        yield _issue(target, "TARGET_IN_TEST_MODE", message, "test_mode", severity=Severity.WARNING)


def _missing_transports(scope: Scope, target: TargetDocument) -> list[str]:
    """The transports that the target names and no plugin that is switched on brings."""
    connection = target.metadata_connection
    named = [target.transport, *([connection.transport] if connection is not None else [])]
    return [key for key in dict.fromkeys(named) if key not in scope.plugins.transports]


def _unknown_plugins(scope: Scope, target: TargetDocument) -> Iterator[DomainError]:
    """What the target names beside its transports and no plugin that is switched on brings."""
    plugins = scope.plugins
    if target.platform is not None and target.platform not in plugins.platforms:
        yield plugins.unknown("platform", target.platform)
    if target.format not in plugins.message_builders:
        yield plugins.unknown("format", target.format)
    if target.choreography not in plugins.choreographies:
        yield plugins.unknown("choreography", target.choreography)
    if target.genre_provider is not None and target.genre_provider not in plugins.genre_mappers:
        yield plugins.unknown("genre_provider", target.genre_provider)


def _message_faults(scope: Scope, target: TargetDocument) -> Iterator[DomainError]:
    """What format and choreography cannot do of what the target asks for; both may have changed since it was stored."""
    plugins = scope.plugins
    if builder := plugins.message_builders.get(target.format):
        if target.profile is not None:
            yield from find_profile_fault(builder, target.profile)
        yield from find_option_faults(builder, target.options, plugins.companion_builders)
        yield from faults_of(lambda: read_message_settings(builder, target.message_settings))
    if choreography := plugins.choreographies.get(target.choreography):
        yield from faults_of(lambda: read_choreography_settings(choreography, target.choreography_settings))


def _profile_faults(target: TargetDocument, profile: PlatformProfile, known_format: bool) -> Iterator[ReadinessIssue]:
    """Where the target differs from what its platform is known to take."""
    if known_format and not profile.takes(target.format):
        message = f"{quote_title(profile.name)} takes {', '.join(profile.formats)}, not {target.format}"
        yield _issue(target, "PLATFORM_FORMAT_UNSUPPORTED", message, "format")
    rights = ReadinessGroup.RIGHTS
    for place, terms in enumerate(target.commercial_terms):
        if terms.commercial_model not in profile.commercial_models:
            message = f"{quote_title(profile.name)} is not known to offer {terms.commercial_model.value}"
            path = f"commercial_terms.{place}"
            yield _issue(target, "COMMERCIAL_MODEL_UNUSUAL", message, path, group=rights, severity=Severity.WARNING)
    for rule in profile.rules:
        if isinstance(rule, CommercialTermsRule) and not _offers(target, rule):
            use = f" with {rule.use_type.value}" if rule.use_type else ""
            message = f"the target does not offer {rule.commercial_model.value}{use}. {rule.sentence}"
            yield _issue(
                target, "COMMERCIAL_MODEL_MISSING", message, "commercial_terms", group=rights, severity=rule.severity
            )


def _offers(target: TargetDocument, rule: CommercialTermsRule) -> bool:
    return any(
        terms.commercial_model is rule.commercial_model and (rule.use_type is None or rule.use_type in terms.use_types)
        for terms in target.commercial_terms
    )


def _issue(
    target: TargetDocument,
    code: str,
    message: str,
    path: str,
    *,
    group: ReadinessGroup = ReadinessGroup.PLATFORM,
    severity: Severity = Severity.ERROR,
) -> ReadinessIssue:
    return ReadinessIssue(group=group, severity=severity, code=code, message=message, path=path, target_id=target.id)
