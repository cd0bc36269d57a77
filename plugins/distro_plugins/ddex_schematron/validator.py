"""DDEX's own profile rules as a validator."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from distro_plugins.ddex_schematron.selection import RuleFile, RuleFolder
from distro_plugins.ddex_schematron.stylesheet import write_stylesheet
from distro_sdk.errors import DomainError
from distro_sdk.models.validation import Severity, ValidationIssue, ValidationStage
from distro_sdk.xml import ParsedMessage, parse_message

if TYPE_CHECKING:
    from saxonche import PySaxonProcessor

FORMATS: Final = {"ern/3.8.2", "ern/4.2", "ern/4.3", "ern/4.3.2"}
MAX_BYTES: Final = 5 * 1024 * 1024
"""Larger messages are not judged: some rules compare everything with everything."""

MAX_FINDINGS: Final = 200
CODES: Final = {"Fatal Error": "SCHEMATRON_FATAL_ERROR", "Error": "SCHEMATRON_ERROR"}
MOVED: Final = frozenset({"ResourceId", "PLine", "CLine", "TechnicalDetails"})
"""What stands in an edition from ERN 4.3 on; the rules, which are older, look for it in the resource itself."""

_STEP = re.compile(r"Q\{[^}]*\}(?P<name>[^\[/]+)\[(?P<place>\d+)\]")


class SchematronValidator:
    """Runs DDEX's rules, one message at a time in a thread of its own: Saxon belongs to the thread that made it.

    `timeout`: seconds after which a verdict is given up.
    """

    name = "ddex-schematron"
    stage = ValidationStage.BUSINESS_RULES

    def __init__(self, folder: RuleFolder, timeout: float = 60) -> None:
        self.formats = frozenset(FORMATS)
        self._folder = folder
        self._timeout = timeout
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="schematron")
        self._saxon: PySaxonProcessor | None = None
        self._compiled: dict[RuleFile, Any] = {}

    def close(self) -> None:
        """End the thread; what is being judged is judged to its end."""
        self._thread.shutdown(cancel_futures=True)

    def validate(self, message: ParsedMessage) -> Sequence[ValidationIssue]:
        """What DDEX's rules find: fatal errors and errors as errors, conditional ones and the rest as warnings."""
        format = _format(message)
        if message.name != "NewReleaseMessage" or format is None:
            return ()
        if len(message.content) > MAX_BYTES:
            return (_untold(f"the message is too large for DDEX's rules: more than {MAX_BYTES} bytes"),)
        files = self._folder.select(message, format)
        if not files:
            profile = message.root.get("ReleaseProfileVersionId") or "none"
            return (_untold(f"DDEX has no rules for {format} with the release profile {profile}"),)
        try:
            told = self._thread.submit(self._run, files, message.root).result(self._timeout)
        except TimeoutError:
            return (_failed(f"no verdict within {self._timeout:g} seconds"),)
        except Exception as error:  # noqa: BLE001 (Saxon and broken rule files raise anything)
            return (_failed(str(error)),)
        return [_issue(fired, message.root) for fired in told[:MAX_FINDINGS]]

    def _run(self, files: Sequence[RuleFile], root: etree._Element) -> list[etree._Element]:
        if self._saxon is None:
            from saxonche import PySaxonProcessor  # noqa: PLC0415 (an optional dependency, and slow to load)

            self._saxon = PySaxonProcessor(license=False)
        node = self._saxon.parse_xml(xml_text=_without_editions(root))
        fired: list[etree._Element] = []
        for file in files:
            if file not in self._compiled:
                sheet = write_stylesheet(file.path.read_bytes(), file.left_out)
                self._compiled[file] = self._saxon.new_xslt30_processor().compile_stylesheet(stylesheet_text=sheet)
            result = self._compiled[file].transform_to_string(xdm_node=node)
            if result is None:
                raise DomainError("SCHEMATRON_FAILED", f"{file.path.name}: {self._compiled[file].error_message}")
            fired += parse_message(result.encode()).root
        return fired


def _format(message: ParsedMessage) -> str | None:
    """The format by the namespace's last part: ``…/ern/432`` is ``ern/4.3.2``."""
    standard, _, version = message.namespace.removeprefix("http://ddex.net/xml/").partition("/")
    format = f"{standard}/{'.'.join(version)}"
    return format if format in FORMATS else None


def _without_editions(root: etree._Element) -> str:
    """The message as text, with what stands in editions copied to the end of the resource."""
    editions = list(root.iterfind("ResourceList/*/SoundRecordingEdition"))
    editions += root.iterfind("ResourceList/*/VideoEdition")
    if not editions:
        return etree.tostring(root, encoding="unicode")
    copy = deepcopy(root)
    for edition in copy.xpath("ResourceList/*/SoundRecordingEdition | ResourceList/*/VideoEdition"):
        edition.getparent().extend([deepcopy(part) for part in edition if part.tag in MOVED])
    return etree.tostring(copy, encoding="unicode")


def _issue(fired: etree._Element, root: etree._Element) -> ValidationIssue:
    role = fired.get("role", "")
    element = _find(fired.get("at", ""), root)
    return ValidationIssue(
        code=CODES.get(role, "SCHEMATRON_WARNING"),
        message=f"{fired.get('pattern')}: {fired.text or ''}"[:500],
        severity=Severity.ERROR if role in CODES else Severity.WARNING,
        path=element.getroottree().getpath(element),
        line=element.sourceline,
    )


def _find(path: str, root: etree._Element) -> etree._Element:
    """The element of a path such as ``/Q{…}NewReleaseMessage[1]/Q{}ResourceList[1]``, or the last one on the way."""
    element = root
    for step in list(_STEP.finditer(path))[1:]:
        children = [child for child in element if child.tag == step["name"]]
        if int(step["place"]) > len(children):
            break
        element = children[int(step["place"]) - 1]
    return element


def _untold(text: str) -> ValidationIssue:
    return ValidationIssue(code="SCHEMATRON_NOT_RUN", message=text, severity=Severity.WARNING)


def _failed(text: str) -> ValidationIssue:
    return ValidationIssue(code="SCHEMATRON_FAILED", message=f"DDEX's rules could not be run: {text}"[:500])
