"""The receiver's memory of what it judged and answered, on the disk."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from distro_api.receiver.reports import PackageReport


class ReportArchive:
    """Verdicts as JSON files, one per package: `<folder>/<user>/<path of the package>.json`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reports = {(report.user, report.place): report for report in self._load()}

    def __iter__(self) -> Iterator[PackageReport]:
        return iter(list(self._reports.values()))

    def get(self, user: str, place: str) -> PackageReport | None:
        """The verdict on a package, or None where it was not judged yet. `place`: as `PackageReport.place`."""
        return self._reports.get((user, place))

    def save(self, report: PackageReport) -> PackageReport:
        """Keep a verdict, in place of an earlier one on the same package."""
        write_whole(self._path(report), report.model_dump_json(indent=2).encode())
        self._reports[report.user, report.place] = report
        return report

    def messages_elsewhere(self, user: str, place: str) -> Mapping[str, str]:
        """Ids of messages in the user's other packages, with the package."""
        return {
            message.message_id: report.batch_id
            for report in self._reports.values()
            if report.user == user and report.place != place
            for message in report.messages
        }

    def _path(self, report: PackageReport) -> Path:
        return self._folder / report.user / f"{report.place.lstrip('/')}.json"

    def _load(self) -> Iterator[PackageReport]:
        for file in sorted(self._folder.rglob("*.json")):
            try:
                yield PackageReport.model_validate_json(file.read_bytes())
            except ValidationError:
                continue


def write_whole(file: Path, content: bytes, staging: Path | None = None) -> None:
    """Write a file so that nobody ever sees half of it, and so that it survives a loss of power.

    `staging`: folder on the same file system where the file is prepared; without it, beside its place.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = (staging or file.parent) / f".{file.name}.{secrets.token_hex(4)}"
    with temporary.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)
