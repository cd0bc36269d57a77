"""Whether a format can say what is asked of it, told before anything is planned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from distro_sdk.errors import DomainError, DomainErrors, Path
from distro_sdk.messages import Choreography, CompanionBuilder, MessageBuilder
from distro_sdk.models.message import MessageOptions, MessagePlan, MessageSubtype, ReleaseProfile


def find_option_faults(
    builder: MessageBuilder, options: MessageOptions, companions: Mapping[str, CompanionBuilder]
) -> Iterator[DomainError]:
    """What a partner wants and the format, or no plugin, can do. `companions`: builders by format."""
    if options.takedown_form not in builder.takedown_forms:
        known = ", ".join(sorted(form.value for form in builder.takedown_forms))
        message = f"{builder.format} has no takedown of the form {options.takedown_form.value}, only {known}"
        yield DomainError("TAKEDOWN_FORM_UNSUPPORTED", message, ("options", "takedown_form"))
    if options.immersive_audio and not builder.supports_immersive_audio:
        message = f"{builder.format} has no place for immersive twins of recordings"
        yield DomainError("IMMERSIVE_UNSUPPORTED", message, ("options", "immersive_audio"))
    if options.channels and options.excluded_channels:
        message = "services are either named or left out: give channels or excluded channels, not both"
        yield DomainError("CHANNELS_CONTRADICTORY", message, ("options", "excluded_channels"))
    for place, format in enumerate(options.companions):
        if format not in companions:
            message = f"there is no companion {format}; there is {', '.join(sorted(companions)) or 'none'}"
            yield DomainError("COMPANION_UNKNOWN", message, ("options", "companions", place))
    yield from _find_rivals(options.companions)


def _find_rivals(formats: Sequence[str]) -> Iterator[DomainError]:
    """Two versions of one standard, which would have the same name and say the same."""
    first: dict[str, str] = {}
    for place, format in enumerate(formats):
        known = first.setdefault(format.partition("/")[0], format)
        if known != format:
            message = f"{known} and {format} would travel beside the same message: choose one of them"
            yield DomainError("COMPANIONS_RIVAL", message, ("options", "companions", place))


def find_profile_fault(builder: MessageBuilder, profile: ReleaseProfile) -> Iterator[DomainError]:
    """A release profile that the format does not have."""
    if profile not in builder.profiles:
        message = f"{builder.format} has no profile {profile.value}"
        yield DomainError("PROFILE_UNSUPPORTED", message, ("profile",))


def check_plan(builder: MessageBuilder, plan: MessagePlan, companions: Mapping[str, CompanionBuilder]) -> None:
    """Raise `DomainErrors` with everything in a plan that the format has no place for."""
    faults = [*find_profile_fault(builder, plan.profile), *find_option_faults(builder, plan.options, companions)]
    if plan.subtype is not MessageSubtype.TAKEDOWN:
        faults = [fault for fault in faults if fault.code != "TAKEDOWN_FORM_UNSUPPORTED"]
    faults += [
        DomainError("VARIANT_UNSUPPORTED", f"{builder.format} has no variant {variant.value}", ("variants",))
        for variant in plan.variants
        if variant not in builder.variants
    ]
    if faults:
        raise DomainErrors(faults)


def read_message_settings(builder: MessageBuilder, settings: Mapping[str, Any]) -> dict[str, Any]:
    """All settings of a format, those that are not given included.

    Raises `DomainErrors` MESSAGE_SETTING_INVALID with the path of each fault.
    """
    return _read(builder.configuration, settings, "MESSAGE_SETTING_INVALID", ("message_settings",))


def read_choreography_settings(choreography: Choreography, settings: Mapping[str, Any]) -> dict[str, Any]:
    """All settings of a choreography, those that are not given included.

    Raises `DomainErrors` CHOREOGRAPHY_SETTING_INVALID with the path of each fault.
    """
    return _read(choreography.configuration, settings, "CHOREOGRAPHY_SETTING_INVALID", ("choreography_settings",))


def faults_of(read: Callable[[], object]) -> tuple[DomainError, ...]:
    """What speaks against settings, nothing where they are valid."""
    try:
        read()
    except DomainErrors as error:
        return tuple(error.errors)
    return ()


def _read(model: type[BaseModel], settings: Mapping[str, Any], code: str, path: Path) -> dict[str, Any]:
    try:
        return model.model_validate(dict(settings)).model_dump()
    except ValidationError as error:
        raise DomainErrors(
            [
                DomainError(code, fault["msg"], (*path, *fault["loc"]))
                for fault in error.errors(include_input=False, include_url=False, include_context=False)
            ]
        ) from error
