"""The business rules of ERN 3.8.2."""

from distro_plugins.ern382.rules.validator import Ern382Rules

__all__ = ["Ern382Rules"]
