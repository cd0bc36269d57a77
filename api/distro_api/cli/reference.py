"""`settings`: every setting with its value, secrets masked."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from distro_core.settings import Settings


def settings() -> None:
    """Show every setting with its value; secrets are masked."""
    meanings = {f"DISTRO_{name.upper()}": field.description for name, field in Settings.model_fields.items()}
    table = Table("Setting", "Value", "Meaning")
    for name, value in Settings().describe().items():
        table.add_row(name, "" if value is None else str(value), meanings[name])
    Console().print(table)
