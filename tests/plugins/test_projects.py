"""Projects of plugins: made from the template, tested, checked, packed and signed with the SDK alone."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner

from distro_api.cli.main import app as platform_app
from distro_core.marketplace.registry.format import PublicKey
from distro_core.marketplace.trust import sign_artefact
from distro_core.marketplace.wheels.inspection import inspect_wheel
from distro_sdk.errors import DomainError
from distro_sdk.projects.checking import SUITES, check_project
from distro_sdk.projects.commands import app
from distro_sdk.projects.packing import pack_project, read_wheel
from distro_sdk.projects.project import PluginProject, findable, read_project
from distro_sdk.projects.signing import make_key, parse_key, public_key, read_key, read_signature, sign_wheel
from distro_sdk.projects.templates import PluginKind, create_project

run = CliRunner().invoke


@pytest.fixture
def project(tmp_path: Path) -> PluginProject:
    return create_project("night-owl", PluginKind.GENRE_MAPPER, tmp_path / "night-owl")


def problems(project: PluginProject) -> list[str]:
    return [text for step in check_project(project) for text in step.problems]


def bend(project: PluginProject, file: str, old: str, new: str) -> None:
    path = project.folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def code_of(error: pytest.ExceptionInfo[DomainError]) -> str:
    return error.value.code


@pytest.mark.proves("CLI-20", "CLI-21", "SDK-02")
@pytest.mark.parametrize("kind", PluginKind)
def test_a_new_project_passes_the_checks_untouched(kind: PluginKind, tmp_path: Path) -> None:
    id = f"a-{kind.value}-of-mine"
    folder = tmp_path / "project"

    made = run(app, ["create", id, "--kind", kind.value, "--folder", str(folder), "--json"])
    checked = run(platform_app, ["plugin", "check", str(folder), "--no-tests", "--json"])

    assert (made.exit_code, made.stderr) == (0, "")
    assert json.loads(made.stdout)["id"] == id
    report = json.loads(checked.stdout)
    assert checked.exit_code == 0, report
    steps = ["manifest", "source", "conformance suites", "wheel", "import"]
    assert [step["title"] for step in report["steps"]] == steps
    packed = pack_project(read_project(folder), tmp_path / "dist")
    assert inspect_wheel(packed.wheel, {}).top_levels == (id.replace("-", "_"),)


@pytest.mark.slow
@pytest.mark.proves("CLI-20", "CLI-21", "SDK-02", "SDK-03")
def test_new_projects_of_all_kinds_pass_their_own_tests_untouched(tmp_path: Path) -> None:
    projects = [create_project(f"a-{kind.value}", kind, tmp_path / kind.value) for kind in PluginKind]

    with ExitStack() as stack:
        folders = [folder for project in projects for folder in stack.enter_context(findable(project))]
        tested = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-rs",
                "-p",
                "no:cacheprovider",
                "-c",
                "transport/pyproject.toml",
                ".",
            ],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    assert tested.returncode == 0, tested.stdout[-3000:]
    skipped = [line for line in tested.stdout.splitlines() if line.startswith("SKIPPED")]
    assert [line for line in skipped if "has no PurgeReleaseMessage" not in line] == []
    assert "warning" not in tested.stdout


def test_the_same_files_give_the_same_wheel(
    project: PluginProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pack_project(project, tmp_path / "first")

    for path in project.folder.rglob("*.py"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o600)
    (project.package / "__pycache__").mkdir()
    (project.package / "__pycache__" / "mapper.cpython-311.pyc").write_bytes(b"\0")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    second = pack_project(project, tmp_path / "second")

    assert first.wheel.read_bytes() == second.wheel.read_bytes()
    assert os.environ["SOURCE_DATE_EPOCH"] == "1700000000"
    assert first.wheel.name == "night_owl-0.1.0-py3-none-any.whl"


def test_another_file_gives_another_wheel(project: PluginProject, tmp_path: Path) -> None:
    first = pack_project(project, tmp_path / "first")
    bend(project, "src/night_owl/mapper.py", "Popular", "Beloved")

    assert pack_project(project, tmp_path / "second").sha256 != first.sha256


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("src/night_owl/mapper.py", "from __future__", "import distro_core\nfrom __future__", "imports distro_core"),
        ("src/night_owl/mapper.py", "class ", "class (", "is no Python"),
        ("tests/test_mapper.py", "GenreMapperConformance", "object", "no test uses GenreMapperConformance"),
        ("tests/test_plugin.py", "PluginConformance", "object", "no test uses PluginConformance"),
        ("src/night_owl/plugin.json", '"category": "advanced-metadata",', "", "does not say its category"),
        ("src/night_owl/plugin.json", "night_owl:NightOwlPlugin", "night_owl:Owl", "the entry point is"),
        ("src/night_owl/plugin.json", '"python": ">=3.11"', '"python": "<3"', "asks for python <3, here is 3."),
        ("src/night_owl/plugin.json", '"python": ">=3.11"', '"python": "3.11 or so"', "is no range of versions"),
    ],
)
def test_a_check_names_what_is_wrong(project: PluginProject, file: str, old: str, new: str, problem: str) -> None:
    assert problems(project) == []

    bend(project, file, old, new)

    assert [text for text in problems(read_project(project.folder)) if problem in text]
    assert run(app, ["check", str(project.folder)]).exit_code == 1


@pytest.mark.slow
def test_a_check_fails_with_the_projects_own_tests(project: PluginProject) -> None:
    bend(project, "src/night_owl/mapper.py", "Four to the floor", "Three to the floor")

    checked = run(app, ["check", str(project.folder), "--json"])

    assert checked.exit_code == 1
    assert json.loads(checked.stdout)["steps"][-1] == {"title": "tests", "problems": ["pytest ended with code 1"]}
    assert run(app, ["check", str(project.folder), "--no-tests"]).exit_code == 0


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("pyproject.toml", 'version = "0.1.0"', 'version = "0.2.0"', "plugin.json has the version '0.1.0'"),
        ("pyproject.toml", 'night-owl = "', 'day-owl = "', "plugin.json has the id 'night-owl'"),
        ("pyproject.toml", 'version = "0.1.0"', "", "says no name, or no version"),
        ("pyproject.toml", '"night_owl:', '"nightowl:', "there is no folder src/nightowl"),
        ("pyproject.toml", "stardust_distro.plugins", "other.plugins", "has not exactly one entry point"),
        ("pyproject.toml", "[project]", "[project", "pyproject.toml"),
        ("src/night_owl/plugin.json", '"hooks"', '"hocks"', "hooks"),
    ],
)
def test_a_folder_that_is_no_project_is_refused_with_a_reason(
    project: PluginProject, file: str, old: str, new: str, reason: str
) -> None:
    bend(project, file, old, new)

    with pytest.raises(DomainError, match=reason.replace("[", r"\[")) as refused:
        read_project(project.folder)

    assert code_of(refused) == "PLUGIN_PROJECT_INVALID"


def test_another_build_backend_is_refused(project: PluginProject, tmp_path: Path) -> None:
    bend(project, "pyproject.toml", "hatchling.build", "setuptools.build_meta")

    with pytest.raises(DomainError, match="its build backend is setuptools") as refused:
        pack_project(read_project(project.folder), tmp_path)

    assert code_of(refused) == "PLUGIN_PROJECT_INVALID"


def test_without_the_tools_one_is_told_how_to_get_them(
    project: PluginProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "hatchling.builders.wheel", None)
    monkeypatch.setitem(sys.modules, "joserfc.jwk", None)

    for work in (lambda: pack_project(project, tmp_path), lambda: make_key(tmp_path / "key.json", "owls")):
        with pytest.raises(DomainError, match=r"stardust-distro-sdk\[tools\]") as refused:
            work()
        assert code_of(refused) == "PLUGIN_TOOLS_MISSING"


def test_what_authors_write_most_has_a_template(tmp_path: Path) -> None:
    projects = [create_project(f"a-{kind.value}", kind, tmp_path / kind.value) for kind in PluginKind]

    assert {hook for project in projects for hook in project.manifest.hooks} & set(SUITES) == {
        "register_message_builders",
        "register_choreographies",
        "register_transports",
        "register_genre_mappers",
        "register_platforms",
        "register_license_verifiers",
        "register_validators",
    }


@pytest.mark.parametrize("id", ["", "A", "night_owl", "../owl", "json", "class", "9lives", "x" * 80])
def test_an_id_that_cannot_name_a_package_is_refused(id: str, tmp_path: Path) -> None:
    with pytest.raises(DomainError) as refused:
        create_project(id, PluginKind.PLATFORM, tmp_path / "project")

    assert code_of(refused) == "PLUGIN_PROJECT_INVALID"
    assert not (tmp_path / "project").exists()


def test_nothing_that_is_there_is_overwritten(project: PluginProject, tmp_path: Path) -> None:
    before = (project.folder / "README.md").read_text("utf-8")

    made = run(app, ["create", "night-owl", "--folder", str(project.folder), "--json"])

    assert made.exit_code == 1
    assert json.loads(made.stdout)["errors"][0]["code"] == "PLUGIN_PROJECT_EXISTS"
    assert (project.folder / "README.md").read_text("utf-8") == before


def test_a_publishers_name_cannot_break_the_manifest(tmp_path: Path) -> None:
    with pytest.raises(DomainError, match="without quotation marks"):
        create_project("night-owl", PluginKind.PLATFORM, tmp_path / "owl", publisher='Owls", "id": "evil')


def test_a_key_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "owls.key.json"

    public = make_key(path, "owls-2026")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert PublicKey.model_validate(public).kid == "owls-2026"
    assert public_key(read_key(path)) == public
    with pytest.raises(DomainError, match="stays as it is") as refused:
        make_key(path, "owls-2027")
    assert code_of(refused) == "SIGNING_KEY_INVALID"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"kty": "OKP", "crv": "Ed25519", "x": "AA"}', "null", '{"kty": "RSA"}']
)
def test_what_is_no_private_key_is_refused(text: str) -> None:
    with pytest.raises(DomainError) as refused:
        parse_key(text)

    assert code_of(refused) == "SIGNING_KEY_INVALID"


def test_a_public_key_signs_nothing(tmp_path: Path) -> None:
    public = make_key(tmp_path / "key.json", "owls")

    with pytest.raises(DomainError) as refused:
        parse_key(json.dumps(dict(public)))

    assert code_of(refused) == "SIGNING_KEY_INVALID"


def test_a_wheel_is_signed_as_registries_expect_it(project: PluginProject, tmp_path: Path) -> None:
    make_key(tmp_path / "key.json", "owls")
    packed = run(app, ["pack", str(project.folder), "-o", str(tmp_path), "--json"])
    wheel = Path(json.loads(packed.stdout)["wheel"])

    signed = run(app, ["sign", str(wheel), "--key", str(tmp_path / "key.json"), "--json"])

    assert signed.exit_code == 0
    found = read_signature(read_wheel(wheel))
    key = read_key(tmp_path / "key.json")
    assert found.signature == sign_artefact("night-owl", "0.1.0", found.sha256, wheel.stat().st_size, key)
    assert found.key == public_key(key)


def test_a_signature_of_another_file_is_refused(project: PluginProject, tmp_path: Path) -> None:
    make_key(tmp_path / "key.json", "owls")
    packed = pack_project(project, tmp_path)
    with pytest.raises(DomainError, match="is not signed"):
        read_signature(packed)
    sign_wheel(packed, read_key(tmp_path / "key.json"))

    bend(project, "src/night_owl/mapper.py", "Popular", "Beloved")

    with pytest.raises(DomainError, match="sign it again") as refused:
        read_signature(pack_project(read_project(project.folder), tmp_path))
    assert code_of(refused) == "PLUGIN_SIGNATURE_INVALID"


@pytest.mark.parametrize("content", [b"", b"PK", b"no wheel at all"])
def test_what_is_no_wheel_is_refused(content: bytes, tmp_path: Path) -> None:
    wheel = tmp_path / "night_owl-0.1.0-py3-none-any.whl"
    wheel.write_bytes(content)

    with pytest.raises(DomainError) as refused:
        read_wheel(wheel)

    assert code_of(refused) == "PLUGIN_PROJECT_INVALID"


def test_every_suite_that_a_check_asks_for_exists() -> None:
    kit = Path(__file__).resolve().parents[2] / "sdk" / "distro_sdk" / "testing"
    written = "\n".join(path.read_text("utf-8") for path in kit.glob("*.py"))

    for suites in SUITES.values():
        assert all(f"class {suite}" in written for suite in suites)
