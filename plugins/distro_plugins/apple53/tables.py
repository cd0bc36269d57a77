"""Data of the format: Apple's genre codes, what our roles are called there, and which territories exist."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from pydantic import TypeAdapter

from distro_sdk.models.base import Model

WORLD = "WW"
NAMESPACE = "http://apple.com/itunes/importer"
FORMAT = "apple/5.3"
KEY = "itmsp"
"""The choreography, outside of which the metadata is no package."""
VERSION = "music5.3"
MAX_TRACKS = 500


class RoleEntry(Model):
    """What a role is called at Apple. `mark`: A seen in Apple's text, P in working programs, ? not confirmed."""

    roles: tuple[str, ...]
    primary: bool = False
    mark: str


class RoleTable(Model):
    """By our words: roles of artists who are shown, and of contributors. A role without a word there is not told."""

    display: Mapping[str, RoleEntry]
    contributors: Mapping[str, RoleEntry]


_roles: TypeAdapter[RoleTable] = TypeAdapter(RoleTable)


@cache
def role_table() -> RoleTable:
    """The table of `data/roles.json`."""
    return _roles.validate_json((files(__package__) / "data" / "roles.json").read_bytes())


@cache
def genre_codes() -> frozenset[str]:
    """Every genre code of Apple's list 5.3.9."""
    return frozenset((files(__package__) / "data" / "genre_codes.txt").read_text("utf-8").split())


@cache
def territories() -> frozenset[str]:
    """ISO 3166-1 alpha-2, Kosovo's code by usage, and the world."""
    import pycountry  # noqa: PLC0415 (its tables take time to read, and only judging needs them)

    return frozenset({country.alpha_2 for country in pycountry.countries} | {"XK", WORLD})
