"""DDEX's own rules as a validator: run on rules of our own making, and on DDEX's where they are there."""

from __future__ import annotations

import csv
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from distro_plugins.ddex_schematron import DdexSchematronPlugin, RuleFolder, SchematronValidator, validator
from distro_sdk.models.validation import Severity
from distro_sdk.xml import parse_message

RULES = """ <s:schema xmlns:s="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2">
  <s:pattern id="Titles"><s:rule context="//Title">
    <s:assert test="string-length(.) &lt; 10" role="Fatal Error">Titles are short.</s:assert>
    <s:report test=". = upper-case(.)" role="Error">Nobody shouts.</s:report>
    <s:report test="contains(., 'x')" role="Conditional Fatal Error">No x, if possible.</s:report>
  </s:rule></s:pattern>
  <s:pattern id="FirstRuleOnly">
    <s:rule context="//Title[@old]"><s:report test="false()" role="Error">Never.</s:report></s:rule>
    <s:rule context="//Title"><s:assert test="@lang" role="Information">A language helps.</s:assert></s:rule>
  </s:pattern>
  <s:pattern id="Recordings"><s:rule context="*:NewReleaseMessage/ResourceList/SoundRecording">
    <s:assert test="ResourceId/ISRC" role="Error">A recording has an ISRC.</s:assert>
  </s:rule></s:pattern>
  <s:pattern id="MultiProfile_TechnicalDetails"><s:rule context="//Title">
    <s:assert test="false()" role="Fatal Error">Always fires.</s:assert>
  </s:rule></s:pattern>
</s:schema>"""


def ern(content: str, version: str = "43", profile: str = "Audio", name: str = "NewReleaseMessage") -> bytes:
    root = f'e:{name} xmlns:e="http://ddex.net/xml/ern/{version}" ReleaseProfileVersionId="{profile}"'
    return f"<{root}>\n{content}\n</e:{name}>".encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with rules of our own under DDEX's names."""
    (tmp_path / "2.1").mkdir()
    for name in ("Audio", "ClassicalVariant"):
        (tmp_path / "2.1" / f"NewReleaseMessage_ReleaseProfile_{name}_21.sch").write_text(RULES)
    (tmp_path / "2.1" / "NewReleaseMessage_ReleaseProfile_Video_21.sch").write_text(RULES.replace("//Title", "//["))
    (tmp_path / "2.1" / "NewReleaseMessage_ReleaseProfile_DjMix_21.sch").write_text("<s:schema")
    (tmp_path / "NewReleaseMessage_ReleaseProfile_AudioAlbum_14.sch").write_text(RULES)
    (tmp_path / "NewReleaseMessage_BusinessProfile_14.sch").write_text(RULES)
    return tmp_path


@pytest.fixture
def judge(folder: Path) -> SchematronValidator:
    return SchematronValidator(RuleFolder(folder))


def found(judge: SchematronValidator, content: bytes) -> list[tuple[str, str, Severity, str, int | None]]:
    issues = judge.validate(parse_message(content))
    return [(issue.code, issue.message, issue.severity, issue.path, issue.line) for issue in issues]


def test_fatal_errors_and_errors_are_errors_and_the_rest_are_warnings(judge: SchematronValidator) -> None:
    told = found(judge, ern("<Title>A LONG TITLE</Title><Title lang='en' old='1'>x</Title>"))

    assert told == [
        ("SCHEMATRON_FATAL_ERROR", "Titles: Titles are short.", Severity.ERROR, "/e:NewReleaseMessage/Title[1]", 2),
        ("SCHEMATRON_ERROR", "Titles: Nobody shouts.", Severity.ERROR, "/e:NewReleaseMessage/Title[1]", 2),
        (
            "SCHEMATRON_WARNING",
            "Titles: No x, if possible.",
            Severity.WARNING,
            "/e:NewReleaseMessage/Title[2]",
            2,
        ),
        (
            "SCHEMATRON_WARNING",
            "FirstRuleOnly: A language helps.",
            Severity.WARNING,
            "/e:NewReleaseMessage/Title[1]",
            2,
        ),
    ]


@pytest.mark.parametrize("version", ["43", "432"])
def test_from_ern_4_3_on_what_stands_in_editions_is_seen_as_of_old(version: str, judge: SchematronValidator) -> None:
    edition = "<SoundRecordingEdition>{}</SoundRecordingEdition>"
    resource = "<ResourceList><SoundRecording>{}</SoundRecording></ResourceList>"
    isrc = "<ResourceId><ISRC>DEA122600101</ISRC></ResourceId>"

    assert found(judge, ern(resource.format(edition.format(isrc)), version)) == []
    (missing,) = found(judge, ern(resource.format(edition.format("")), version))

    path = "/e:NewReleaseMessage/ResourceList/SoundRecording"
    assert missing == ("SCHEMATRON_ERROR", "Recordings: A recording has an ISRC.", Severity.ERROR, path, 2)


def test_variants_and_business_profiles_add_their_rules(judge: SchematronValidator) -> None:
    shout = "<Title lang='en'>A</Title>"
    classical = ern(shout).replace(b">", b' ReleaseProfileVariantVersionId="Classical">', 1)
    album = ern(shout, "382", "CommonReleaseTypes/14/AudioAlbum").replace(b">", b' BusinessProfileVersionId="x">', 1)
    speech = "<ResourceList><SoundRecording><SoundRecordingType>NonMusicalWorkSoundRecording</SoundRecordingType>"
    spoken = album.replace(b"<Title", f"{speech}</SoundRecording></ResourceList><Title".encode())

    assert [message for _, message, *_ in found(judge, classical)] == ["Titles: Nobody shouts."] * 2
    assert len(found(judge, album)) == 1  # the business profile alone: albums of music have a file of their own
    assert [message for _, message, *_ in found(judge, spoken)] == [
        "Titles: Nobody shouts.",
        "Recordings: A recording has an ISRC.",
    ] * 2


@pytest.mark.parametrize(
    "content",
    [
        ern("<Title>A</Title>", name="PurgeReleaseMessage"),
        ern("<Title>A</Title>", version="411"),
        b"<a/>",
        b'<m:MeadMessage xmlns:m="http://ddex.net/xml/mead/11"/>',
    ],
)
def test_messages_without_rules_are_passed_over(content: bytes, judge: SchematronValidator) -> None:
    assert found(judge, content) == []


@pytest.mark.parametrize(
    ("profile", "code", "told"),
    [
        ("Ringtone", "SCHEMATRON_NOT_RUN", "DDEX has no rules for ern/4.3 with the release profile Ringtone"),
        ("Video", "SCHEMATRON_FAILED", "DDEX's rules could not be run"),
        ("DjMix", "SCHEMATRON_FAILED", "DDEX's rules could not be run"),
    ],
)
def test_what_could_not_be_run_is_told(profile: str, code: str, told: str, judge: SchematronValidator) -> None:
    (issue,) = judge.validate(parse_message(ern("<Title/>", profile=profile)))

    assert issue.code == code
    assert told in issue.message
    assert len(issue.message) <= 500
    assert found(judge, ern("<Title lang='en'>A</Title>")) != []


def test_a_message_too_large_for_the_rules_is_told(judge: SchematronValidator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validator, "MAX_BYTES", 10)

    assert [code for code, *_ in found(judge, ern("<Title/>"))] == ["SCHEMATRON_NOT_RUN"]


def test_a_verdict_that_does_not_come_is_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = SchematronValidator(RuleFolder(folder), timeout=0.05)
    released = threading.Event()
    monkeypatch.setattr(judge, "_run", lambda *_: released.wait(30))

    (issue,) = judge.validate(parse_message(ern("<Title/>")))

    released.set()
    assert (issue.code, issue.severity) == ("SCHEMATRON_FAILED", Severity.ERROR)
    assert "no verdict within 0.05 seconds" in issue.message


def test_many_threads_ask_at_once(judge: SchematronValidator) -> None:
    messages = [ern("<Title lang='en'>quiet</Title>"), ern("<Title lang='en'>LOUD</Title>")] * 10

    with ThreadPoolExecutor(max_workers=4) as threads:
        told = list(threads.map(lambda content: len(found(judge, content)), messages))

    assert told == [0, 1] * 10


async def test_the_plugin_is_active_where_the_operator_names_a_folder(folder: Path) -> None:
    idle, active = DdexSchematronPlugin(), DdexSchematronPlugin({"folder": str(folder)})

    (judge,) = active.register_validators()

    assert list(idle.register_validators()) == []
    assert judge.name == "ddex-schematron"
    assert "ern/4.3" in judge.formats
    await idle.shutdown()
    await active.shutdown()
    (issue,) = judge.validate(parse_message(ern("<Title/>")))
    assert issue.code == "SCHEMATRON_FAILED"


def test_a_folder_without_rules_and_a_missing_saxon_are_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(ValueError, match="no Schematron files of DDEX"):
        DdexSchematronPlugin({"folder": str(tmp_path / "empty")})
    monkeypatch.setattr("distro_plugins.ddex_schematron.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install stardust-distro\[schematron\]"):
        DdexSchematronPlugin({"folder": str(folder)})


@pytest.mark.slow
def test_ddex_own_rules_say_of_ddex_own_samples_what_is_known_of_them(ddex_folder: Path) -> None:
    judge = SchematronValidator(RuleFolder(ddex_folder / "schematron"))
    different = []
    with (ddex_folder / "samples" / "schematron.csv").open(newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["file"].startswith(("4.2/", "4.3/"))]
    wanted: Counter[str] = Counter()
    for row in rows:
        if not row["profile"].endswith("Variant"):
            wanted[row["file"]] += int(row["fatal"]) + int(row["error"])
    wanted["4.3/7_LongformMusicalWorkVideo.xml"] = 0  # two rules that misfire there are left out

    for file, errors in wanted.items():
        issues = judge.validate(parse_message((ddex_folder / "samples" / file).read_bytes()))
        if len([issue for issue in issues if issue.severity is Severity.ERROR]) != errors:
            different.append((file, errors, [issue.message[:80] for issue in issues[:3]]))

    assert len(wanted) >= 9
    assert different == []
