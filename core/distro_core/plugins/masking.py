"""Keeps a configuration's secrets out of what is told of a plugin that failed: errors, logs, circuits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import SecretStr

from distro_core.plugins.watch import Outcome
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.plugin import PluginContext

MASK = "**********"


class MaskedError(Exception):
    """What a plugin raised, without the secrets that stood in it. `kind`: the name of its type."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def masked(text: str, secrets: Iterable[Any]) -> str:
    """A text without secrets. `secrets`: strings or `SecretStr`; anything else hides nothing."""
    values = {each.get_secret_value() if isinstance(each, SecretStr) else each for each in secrets if _hides(each)}
    for value in sorted((each for each in values if each), key=len, reverse=True):
        text = text.replace(value, MASK)
    return text


def masked_words(text: str, secrets: Iterable[str]) -> str:
    """A text without secrets that are so short that they occur within words by chance: only whole words are hidden."""
    for value in sorted({each for each in secrets if each}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", MASK, text)
    return text


def without_secrets(outcome: Outcome, context: PluginContext) -> Outcome:
    """What came of a call, told without the secrets that the plugin was handed."""
    if outcome.error is None:
        return outcome
    secrets = [value for value in context.configuration.values() if isinstance(value, SecretStr)]
    return outcome._replace(error=_masked_error(outcome.error, secrets)) if secrets else outcome


def _masked_error(error: Exception, secrets: list[SecretStr]) -> Exception:
    if isinstance(error, DomainErrors):
        return DomainErrors([_masked_refusal(one, secrets) for one in error.errors])
    if isinstance(error, DomainError):
        return _masked_refusal(error, secrets)
    text = masked(str(error), secrets)
    return error if text == str(error) else MaskedError(type(error).__name__, text)


def _masked_refusal(error: DomainError, secrets: list[SecretStr]) -> DomainError:
    path = tuple(masked(step, secrets) if isinstance(step, str) else step for step in error.path)
    return DomainError(error.code, masked(error.message, secrets), path)


def _hides(value: object) -> bool:
    return isinstance(value, str | SecretStr)
