"""What plugins answer to `before_delivery`, taken together (row PLG-09)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from distro_sdk.deliveries import Postpone, Proceed, SidecarFile


@dataclass(frozen=True)
class AddedFile:
    """A file that a plugin adds to a delivery. `plugin`: its id."""

    plugin: str
    file: SidecarFile


@dataclass(frozen=True)
class NotYet:
    """That plugins put a delivery off. `reason`: all of theirs; `until`: when the last one wants to be asked again."""

    reason: str
    until: datetime


@dataclass(frozen=True)
class Verdict:
    """What becomes of a delivery that no plugin refuses. `not_yet`: None where it may begin, with these files."""

    files: Sequence[AddedFile] = ()
    not_yet: NotYet | None = None


def read_answer(answer: object) -> Proceed | Postpone:
    """A plugin's answer, validated; raises TypeError or ValueError for what is none."""
    if answer is None:
        return Proceed()
    if not isinstance(answer, Proceed | Postpone):
        raise TypeError(f"it answered {type(answer).__name__}, neither Proceed nor Postpone")
    # What was made by `model_construct` or `model_copy` was never looked at.
    checked: Proceed | Postpone = type(answer).model_validate(answer.model_dump(warnings=False))
    return checked


def sum_up(answers: Iterable[tuple[str, Proceed | Postpone]], asked_at: datetime) -> Verdict:
    """One verdict of all answers, by plugin id: as long as one says "not yet", the delivery waits for all of them."""
    files: list[AddedFile] = []
    waits: list[tuple[str, Postpone]] = []
    for plugin, answer in answers:
        if isinstance(answer, Postpone):
            waits.append((plugin, answer))
        else:
            files += [AddedFile(plugin, file) for file in answer.files]
    if not waits:
        return Verdict(files)
    reason = "; ".join(f"{plugin}: {answer.reason}" for plugin, answer in waits)
    return Verdict(not_yet=NotYet(reason, max(_moment(answer, asked_at) for _, answer in waits)))


def _moment(answer: Postpone, asked_at: datetime) -> datetime:
    return answer.until or asked_at + timedelta(seconds=answer.retry_after)
