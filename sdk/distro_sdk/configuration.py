"""Configurations: which of their fields are secrets, and how user interfaces learn of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Protocol, Union, get_args, get_origin, runtime_checkable

from pydantic import BaseModel, SecretStr


@runtime_checkable
class ChecksSettings(Protocol):
    """A transport or an adapter that finds faults of its settings for which its model is no place.

    It is asked when a target is stored, and nothing is stored where an answer names a setting. A model judges at every
    connection and lets everybody wait: what takes long, such as opening a key with its passphrase, belongs here.
    """

    async def find_faults(self, configuration: Any) -> Mapping[str, str]:
        """The settings with which nothing can work, and why: by the field's name in `configuration`.

        It connects nowhere, and no answer repeats a secret.
        """
        ...


def secret_names(configuration: type[BaseModel]) -> tuple[str, ...]:
    """The fields of a configuration that are secrets: those of type `SecretStr`, optional or not."""
    return tuple(name for name, field in configuration.model_fields.items() if _is_secret(field.annotation))


def configuration_schema(configuration: type[BaseModel]) -> Mapping[str, Any]:
    """The JSON Schema of a configuration; each secret says `writeOnly` and the format `password`, optional or not."""
    schema = configuration.model_json_schema()
    for name in secret_names(configuration):
        schema["properties"][name] |= {"writeOnly": True, "format": "password"}
    return schema


def hidden_secrets(configuration: type[BaseModel]) -> bool:
    """Whether a secret lies where none is sealed: deeper than among the fields of the configuration, or by an alias."""
    schema = configuration.model_json_schema()
    for name in secret_names(configuration):
        schema["properties"].pop(name, None)
    return "'writeOnly': True" in str(schema)


def _is_secret(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        return _is_secret(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        options = [each for each in get_args(annotation) if each is not NoneType]
        return len(options) == 1 and _is_secret(options[0])
    return annotation is SecretStr
