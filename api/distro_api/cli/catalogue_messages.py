"""A catalogue from a folder of ERN packages: what `import` does where there is no CSV file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from distro_core.imports.messages import PackageReport
    from distro_core.platform import Platform

GOOD = frozenset({"imported", "exists", "superseded", "withdrawn"})


def holds_messages(folder: Path) -> bool:
    """Whether there is an XML file in a folder or below."""
    return any(path.suffix.lower() == ".xml" for path in folder.rglob("*"))


async def import_messages(
    platform: Platform, tenant_key: str, folder: Path, schemas: Path | None, console: Console
) -> bool:
    """Import every release of a folder and tell of each; whether none failed."""
    from distro_api.cli.people import find_tenant
    from distro_core.imports.messages import MessageImporter
    from distro_core.scope import SYSTEM_ACTOR
    from distro_core.validation.schemas import SchemaLibrary

    scope = await platform.scope((await find_tenant(platform, tenant_key)).id, SYSTEM_ACTOR)
    importer = MessageImporter(scope, SchemaLibrary(schemas, platform.settings.installed_schemas))
    reports: list[PackageReport] = []
    with console.status(f"read {folder} …") as status:
        async for report in importer.run(folder):
            reports.append(report)
            status.update(f"{report.number} of {report.total}: {report.path} {report.status.value}")
    table = Table("Message", "Status", "Release", "Identifier", "What is to be mended")
    for report in reports:
        # Text, because a path such as tracks[1] would be read as markup.
        table.add_row(*(Text(cell, overflow="fold") for cell in _row(report)))
    console.print(table)
    counts = Counter(report.status.value for report in reports)
    told = ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "no release"
    console.print(f"{told}; {sum(report.ready for report in reports)} are ready.", markup=False)
    return bool(reports) and all(report.status.value in GOOD for report in reports)


def _row(report: PackageReport) -> tuple[str, str, str, str, str]:
    issues = [f"{issue.code} {issue.message}" for issue in report.issues]
    if report.without_files and report.status.value == "imported":
        issues.append(f"{len(report.without_files)} files did not come along")
    return report.path, report.status.value, report.title, report.icpn or "", "\n".join(issues)
