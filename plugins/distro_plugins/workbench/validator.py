"""DDEX Workbench as a validator: what it is asked, and its answers as findings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lxml import etree

from distro_plugins.workbench.settings import WorkbenchSettings
from distro_plugins.workbench.verdicts import VerdictMemory
from distro_sdk.models.validation import Severity, ValidationIssue, ValidationStage
from distro_sdk.xml import ParsedMessage

if TYPE_CHECKING:
    from ddex_workbench.types import ValidationError, ValidationResult, ValidationWarning

VERSIONS: Final = {"ern/382": "3.8.2", "ern/42": "4.2", "ern/43": "4.3"}
"""The versions that Workbench knows, by the end of their namespaces."""

PROFILES: Final = {
    "Audio": "AudioAlbum",
    "SimpleAudioSingle": "AudioSingle",
    "Video": "Video",
    "SimpleVideoSingle": "Video",
    "LongFormMusicalWorkVideo": "Video",
    "MixedMedia": "Mixed",
    "Ringtone": "Ringtone",
    "DjMix": "DJ",
    "AudioAlbum": "AudioAlbum",
    "AudioAlbumMusicOnly": "AudioAlbum",
    "AudioSingle": "AudioSingle",
    "VideoSingle": "Video",
    "VideoAlbum": "Video",
    "LongformMusicVideo": "Video",
    "MixedMediaBundle": "Mixed",
    "DigitalClassicalAudioAlbum": "Classical",
}
"""Release profiles of DDEX in the words of Workbench; it is asked without a profile where it has no word."""

MAX_FINDINGS: Final = 200
MAX_TEXT: Final = 500


@dataclass(frozen=True)
class Question:
    """What Workbench is asked."""

    content: str
    version: str
    profile: str | None

    @property
    def key(self) -> str:
        """A hash of everything that the verdict depends on."""
        asked = "\0".join((self.version, self.profile or "", self.content))
        return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()


class WorkbenchFailed(Exception):
    """Workbench gave no verdict. `code`: why, as it is told."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class WorkbenchValidator:
    """Asks Workbench for a verdict on each content once (rows VAL-02 and VAL-11); blocks meanwhile."""

    name = "workbench"
    stage = ValidationStage.BUSINESS_RULES
    only_reads = True
    formats = frozenset(f"ern/{version}" for version in VERSIONS.values())

    def __init__(self, settings: WorkbenchSettings) -> None:
        self._settings = settings
        self._memory = VerdictMemory()

    def validate(self, message: ParsedMessage) -> Sequence[ValidationIssue]:
        """What Workbench finds; where it gives no verdict, one finding that says why."""
        question = _question(message)
        if question is None:
            return ()
        try:
            return self._memory.get(question.key, lambda: list(_findings(self._ask(question))))
        except WorkbenchFailed as error:
            severity = Severity.ERROR if self._settings.required else Severity.WARNING
            text = f"DDEX Workbench has not judged the message: {error}"
            return (ValidationIssue(code=error.code, message=text[:MAX_TEXT], severity=severity),)

    def _ask(self, question: Question) -> ValidationResult:
        """The answer; raises `WorkbenchFailed` for whatever else happens."""
        from ddex_workbench import errors  # noqa: PLC0415 (slow to load, and idle in most processes)

        from distro_plugins.workbench.connection import AnswerTooLarge, open_client  # noqa: PLC0415

        try:
            with closing(open_client(self._settings)) as client:
                return client.validate(question.content, question.version, question.profile)
        except errors.AuthenticationError as error:
            raise WorkbenchFailed("WORKBENCH_UNAUTHORIZED", "it does not accept the key") from error
        except errors.RateLimitError as error:
            raise WorkbenchFailed("WORKBENCH_RATE_LIMITED", "it was asked too often") from error
        except (errors.TimeoutError, errors.ServerError) as error:
            raise WorkbenchFailed("WORKBENCH_UNAVAILABLE", error.message) from error
        except errors.NetworkError as error:
            code = "WORKBENCH_UNAVAILABLE"
            if isinstance(error.__context__, AnswerTooLarge):
                code = "WORKBENCH_ANSWER_INVALID"
            raise WorkbenchFailed(code, error.message) from error
        except (errors.APIError, errors.NotFoundError) as error:
            raise WorkbenchFailed("WORKBENCH_REFUSED", error.message) from error
        except (errors.DDEXError, ValueError, KeyError, TypeError, AttributeError) as error:
            # Where an answer is not what was agreed, the SDK fails in whatever way it happens to.
            raise WorkbenchFailed("WORKBENCH_ANSWER_INVALID", f"{type(error).__name__}: {error}") from error


def _question(message: ParsedMessage) -> Question | None:
    version = VERSIONS.get(message.namespace.removeprefix("http://ddex.net/xml/"))
    if version is None:
        return None
    return Question(etree.tostring(message.root, encoding="unicode"), version, _profile(message.root))


def _profile(root: etree._Element) -> str | None:
    if "Classical" in (root.get("ReleaseProfileVariantVersionId") or "").split():
        return "Classical"
    named = (root.get("ReleaseProfileVersionId") or "").rpartition("/")[2]
    if named == "Audio" and root.findtext("ReleaseList/Release/ReleaseType") == "Single":
        return "AudioSingle"
    return PROFILES.get(named)


def _findings(answer: ValidationResult) -> Iterator[ValidationIssue]:
    """The answer as findings, those that stop a delivery first; raises `WorkbenchFailed` for one of another shape."""
    try:
        errors = [_finding(error, error.severity) for error in answer.errors[:MAX_FINDINGS]]
        warnings = [_finding(warning, "warning") for warning in answer.warnings[:MAX_FINDINGS]]
    except (TypeError, ValueError, AttributeError) as error:
        raise WorkbenchFailed("WORKBENCH_ANSWER_INVALID", f"{type(error).__name__}: {error}") from error
    if answer.valid is not True and not _stopping(errors):
        yield ValidationIssue(
            code="WORKBENCH_ERROR", message="DDEX Workbench calls the message invalid without a reason"
        )
    yield from errors
    yield from warnings


def _finding(told: ValidationError | ValidationWarning, severity: str) -> ValidationIssue:
    stops = str(severity).lower() not in {"warning", "info", "information"}
    rule = f"{told.rule}: " if told.rule else ""
    line = int(told.line or 0)
    return ValidationIssue(
        code="WORKBENCH_ERROR" if stops else "WORKBENCH_WARNING",
        message=f"{rule}{told.message}{_suggestion(told)}"[:MAX_TEXT],
        severity=Severity.ERROR if stops else Severity.WARNING,
        path=str(getattr(told, "xpath", None) or told.context or "")[:MAX_TEXT],
        line=line if line > 0 else None,
    )


def _suggestion(told: ValidationError | ValidationWarning) -> str:
    suggestion = getattr(told, "suggestion", None)
    return f" ({suggestion})" if suggestion else ""


def _stopping(issues: Iterable[ValidationIssue]) -> bool:
    return any(issue.severity is Severity.ERROR for issue in issues)
