"""What the demonstration tells: a table for people, JSON for machines."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass
class DeliveryFacts:
    """One delivery from the request to its end. `seconds`: from the request to the end status; `bytes`: moved."""

    release: str
    subtype: str
    status: str
    message_id: str
    batch_id: str
    files: int
    bytes: int
    seconds: float
    receipt_id: str
    schema_judge: str


@dataclass
class Facts:
    """Everything the demonstration saw. `timings`: seconds by step."""

    deliveries: list[DeliveryFacts] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    receiver: dict[str, Any] = field(default_factory=dict)
    succeeded: bool = False

    def write(self, path: Path) -> None:
        """Write everything as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")


def print_report(facts: Facts, console: Console) -> None:
    """Print deliveries, receipts and timings."""
    table = Table(title="Deliveries", title_style="bold", header_style="bold", expand=False)
    for column in ("Release", "Message", "Status", "Files", "Bytes", "Time", "Receipt"):
        table.add_column(column, justify="right" if column in {"Files", "Bytes", "Time"} else "left")
    for delivery in facts.deliveries:
        table.add_row(
            delivery.release,
            delivery.subtype,
            f"[green]{delivery.status}[/green]",
            str(delivery.files),
            f"{delivery.bytes:,}",
            f"{delivery.seconds:.1f} s",
            delivery.receipt_id,
        )
    console.print(table)
    steps = Table(title="Timings", title_style="bold", show_header=False)
    for step, seconds in facts.timings.items():
        steps.add_row(step, f"{seconds:.1f} s")
    console.print(steps)
