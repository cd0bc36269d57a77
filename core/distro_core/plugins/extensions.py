"""Fields that plugins add to releases and tracks: their values are checked before they are stored, and when read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from distro_sdk.errors import DomainError, DomainErrors, Path
from distro_sdk.graphql import ExtendedModel
from distro_sdk.models.catalogue import Extensions, Release

LARGEST = {ExtendedModel.RELEASE: 16 * 1024, ExtendedModel.TRACK: 1024}
"""Bytes of JSON that a plugin may keep with one of them; a release and its tracks are one document."""

ModelFields = Mapping[str, Mapping[ExtendedModel, type[BaseModel]]]
"""By plugin id, then by what is extended, the fields."""


def read_values(model: ExtendedModel, fields: type[BaseModel], values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Values as they are stored; raises `DomainErrors` of PLUGIN_INPUT_INVALID, or PLUGIN_DOCUMENT_INVALID."""
    try:
        plain: Mapping[str, Any] = fields.model_validate(values).model_dump(mode="json")
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise DomainErrors(
            [DomainError("PLUGIN_INPUT_INVALID", fault["msg"], ("values", *fault["loc"])) for fault in faults]
        ) from error
    size = len(json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace"))
    if size > LARGEST[model]:
        message = f"the fields of a plugin have at most {LARGEST[model]} bytes, these have {size}"
        raise DomainError("PLUGIN_DOCUMENT_INVALID", message, ("values",))
    return plain


def shown_values(fields: type[BaseModel], stored: Mapping[str, Any]) -> BaseModel:
    """Stored values as the plugin knows them now, without fields that it does not have any more.

    Raises PLUGIN_FAILED where they do not fit.
    """
    try:
        return fields.model_validate({name: value for name, value in stored.items() if name in fields.model_fields})
    except ValidationError as error:
        raise DomainError("PLUGIN_FAILED", "what is stored does not fit the plugin's fields any more") from error


def check_extensions(known: ModelFields, release: Release) -> None:
    """Check what plugins have put into a release; raises `DomainErrors`. What is of other plugins is left alone."""
    holders: list[tuple[ExtendedModel, Extensions, Path]] = [(ExtendedModel.RELEASE, release.extensions, ())]
    holders += [
        (ExtendedModel.TRACK, track.extensions, ("tracks", place)) for place, track in enumerate(release.tracks)
    ]
    for model, extensions, path in holders:
        for plugin, values in extensions.items():
            fields = known.get(plugin, {}).get(model)
            if fields is None:
                continue
            try:
                read_values(model, fields, values)
            except DomainError as error:
                raise DomainError(error.code, error.message, (*path, "extensions", plugin)) from error
