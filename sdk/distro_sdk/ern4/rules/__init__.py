"""The business rules of ERN 4."""

from distro_sdk.ern4.rules.validator import Ern4Rules

__all__ = ["Ern4Rules"]
