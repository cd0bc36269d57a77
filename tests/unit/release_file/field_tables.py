"""The tables of fields in docs/release-file.md: `python -m tests.unit.release_file.field_tables` writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from distro_core.messages.release_file_schema import release_file_schema

PAGE = Path(__file__).resolve().parents[3] / "docs" / "release-file.md"
BEGIN = "<!-- fields: written from the JSON Schema -->"
END = "<!-- end of fields -->"

ORDER = (
    "Release",
    "Track",
    "DisplayArtist",
    "Contributor",
    "RightsLine",
    "Genre",
    "Preview",
    "Territories",
    "Rights",
    "TerritoryGroup",
    "Visibility",
    "TitleTranslation",
    "ReleaseComponent",
    "MusicalWork",
    "ImmersiveEdition",
    "Cue",
    "ReleaseImage",
    "Enrichment",
    "TrackEnrichment",
    "MarketingDescription",
    "FocusTrack",
    "Period",
    "ChartPosition",
    "Award",
    "Party",
    "ProprietaryId",
    "AssetFile",
    "Asset",
    "FileHashes",
    "AudioProperties",
    "ImageProperties",
    "VideoProperties",
)


def field_tables() -> str:
    """A table for each object of the release file, then the allowed values of its words."""
    definitions: dict[str, dict[str, Any]] = release_file_schema()["$defs"]
    parts = [BEGIN]
    for name in ORDER:
        definition = definitions[name]
        parts += ["", f"### {name}", "", definition["description"], "", "| Field | Needed | Type | Meaning |"]
        parts.append("| --- | --- | --- | --- |")
        needed = definition.get("required", [])
        for field, properties in definition["properties"].items():
            mark = "yes" if field in needed else ""
            parts.append(f"| `{field}` | {mark} | {_type(properties)} | {properties['description']} |")
    words = {name: definition["enum"] for name, definition in definitions.items() if "enum" in definition}
    parts += ["", "### Words", "", "| Type | Allowed values |", "| --- | --- |"]
    parts += [f"| {name} | {', '.join(f'`{word}`' for word in allowed)} |" for name, allowed in sorted(words.items())]
    return "\n".join([*parts, "", END])


def write_tables() -> None:
    """Put the tables where the page has its markers."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    PAGE.write_text(before + field_tables() + rest.partition(END)[2], "utf-8")


def _type(properties: dict[str, Any]) -> str:
    if "$ref" in properties:
        return str(properties["$ref"]).rsplit("/", 1)[-1]
    for key in ("anyOf", "allOf", "oneOf"):
        if key in properties:
            shown = dict.fromkeys(_type(part) for part in properties[key] if part.get("type") != "null")
            return " or ".join(shown)
    if properties.get("type") == "array":
        return f"list of {_type(properties['items'])}"
    return str(properties.get("format") or properties["type"])


if __name__ == "__main__":
    write_tables()
