"""The published JSON Schema of plugin.json: the same as the model, and true of every built-in plugin."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from distro_sdk.manifest import manifest_schema
from tests.conftest import REPOSITORY
from tests.marketplace.market import manifest_of

SCHEMA: dict[str, Any] = json.loads((files("distro_sdk") / "plugin.schema.json").read_text("utf-8"))
MANIFESTS = [
    *sorted((REPOSITORY / "plugins" / "distro_plugins").glob("*/plugin.json")),
    *sorted((REPOSITORY / "examples").glob("*/src/*/plugin.json")),
]


def test_the_schema_is_that_of_the_model() -> None:
    assert manifest_schema() == SCHEMA, (
        "write distro_sdk.manifest.manifest_schema() into sdk/distro_sdk/plugin.schema.json"
    )


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.parent.name)
def test_every_manifest_of_the_repository_keeps_to_it(path: Path) -> None:
    jsonschema.validate(json.loads(path.read_text("utf-8")), SCHEMA)


@pytest.mark.parametrize(
    "fields",
    [
        {"category": "submarines"},
        {"source": "somebody"},
        {"license_model": "rented"},
        {"entry": "night_owl"},
        {"scope": "planet"},
        {"configuration": {"version": 0, "model": "night_owl:Settings"}},
        {"requires": {"Night Owl": ">=1"}},
        {"graphql_namespace": "night owl"},
        {"colour": "grey"},
    ],
)
@pytest.mark.proves("PLG-01")
def test_what_the_schema_does_not_allow_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(manifest_of("night-owl", **fields), SCHEMA)
