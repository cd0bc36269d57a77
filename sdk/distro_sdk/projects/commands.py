"""`stardust-plugin`: what a plugin's author does without the platform. `stardust-distro plugin` has these too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from distro_sdk.projects.checking import CheckedStep, check_project, run_tests
from distro_sdk.projects.packing import PackedPlugin, pack_project, read_wheel
from distro_sdk.projects.project import PluginProject, read_project
from distro_sdk.projects.signing import make_key, read_key, sign_wheel
from distro_sdk.projects.telling import REFUSED, JsonOption, Teller, telling
from distro_sdk.projects.templates import PluginKind, create_project

app = typer.Typer(
    name="stardust-plugin",
    help="Make, test, check, pack and sign a plugin for Stardust Distro.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)

ProjectArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the plugin's project.")]
ProjectsArgument = Annotated[
    list[Path] | None, typer.Argument(metavar="FOLDER...", help="Folders of plugins' projects; default: this one.")
]
HERE = Path()
PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command()
def create(
    *,
    id: Annotated[str, typer.Argument(help="The plugin's id, such as night-owl.")],
    kind: Annotated[PluginKind, typer.Option(help="What it adds first.")] = PluginKind.TRANSPORT,
    folder: Annotated[Path | None, typer.Option(help="Folder to make; default: the id.")] = None,
    publisher: Annotated[str, typer.Option(help="Who publishes it.")] = "Somebody",
    support: Annotated[str, typer.Option(help="Where its users get help.")] = "somebody@example.com",
    as_json: JsonOption = False,
) -> None:
    """Make a project that passes its own tests: pyproject.toml, plugin.json, code, tests and README."""
    with telling(as_json) as teller:
        project = create_project(id, kind, folder or Path(id), publisher=publisher, support=support)
        made = sorted(
            path.relative_to(project.folder).as_posix() for path in project.folder.rglob("*") if path.is_file()
        )
        lines = [*(f"  {path}" for path in made), f"{project.folder}: {len(made)} files"]
        teller.result({"id": id, "kind": kind.value, "folder": str(project.folder), "files": made}, lines)


@app.command("test", context_settings=PASSED_ON)
def run_project_tests(context: typer.Context, folder: ProjectArgument = HERE) -> None:
    """Run a project's tests with pytest; what follows the folder goes to pytest. It need not be installed."""
    with telling(as_json=False):
        project = read_project(folder)
    raise typer.Exit(run_tests(project, context.args))


@app.command()
def check(
    folders: ProjectsArgument = None,
    tests: Annotated[bool, typer.Option(help="Run their tests, too.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Look for whatever would keep projects from being installed; exit code 1 with every reason."""
    with telling(as_json) as teller:
        tell_steps(
            teller,
            [check_source(read_project(folder), tests=tests, teller=teller) for folder in folders or [HERE]],
        )


@app.command()
def key(
    path: Annotated[Path, typer.Argument(help="Key file to make, such as publisher.key.json; keep it secret.")],
    kid: Annotated[str, typer.Option(help="Id of the key, by which registries name it.")] = "publisher",
    as_json: JsonOption = False,
) -> None:
    """Make a key to sign with, and show its public part, which registries list."""
    with telling(as_json) as teller:
        public = make_key(path, kid)
        teller.result(
            dict(public), [f"{path}: keep it secret", *(f"  {name}: {value}" for name, value in public.items())]
        )


@app.command()
def pack(
    folders: ProjectsArgument = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder of the wheels; default: dist in the project.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Pack projects into a wheel each: the same bytes for the same files."""
    with telling(as_json) as teller:
        projects = [read_project(folder) for folder in folders or [HERE]]
        packed = [pack_project(project, output or project.folder / "dist") for project in projects]
        teller.results(
            [
                (
                    {**_facts(each), "wheel": str(each.wheel)},
                    [f"{each.wheel}: {each.size} bytes, SHA-256 {each.sha256}"],
                )
                for each in packed
            ]
        )


@app.command()
def sign(
    wheels: Annotated[list[Path], typer.Argument(metavar="WHEEL...", help="The wheels to sign.")],
    key: Annotated[Path, typer.Option(help="Key file of the publisher.")],
    as_json: JsonOption = False,
) -> None:
    """Sign wheels: writes WHEEL.signature.json beside each."""
    with telling(as_json) as teller:
        signing, packed = read_key(key), [read_wheel(wheel) for wheel in wheels]
        signed = [(each, sign_wheel(each, signing)) for each in packed]
        teller.results(
            [
                (
                    {**_facts(each), "signature": str(path)},
                    [f"{path}: {each.manifest.id} {each.manifest.version}"],
                )
                for each, path in signed
            ]
        )


def check_source(project: PluginProject, *, tests: bool, teller: Teller) -> list[CheckedStep]:
    """What reading a project tells, and then its tests where everything else is right."""
    steps = list(check_project(project))
    if tests and not any(step.problems for step in steps):
        teller.progress(f"Running the tests of {project.manifest.id}")
        code = run_tests(project, ["-q", "-p", "no:cacheprovider"], quiet=True)
        steps.append(CheckedStep("tests", () if code == 0 else (f"pytest ended with code {code}",)))
    return steps


def tell_steps(teller: Teller, checks: Sequence[Sequence[CheckedStep]]) -> None:
    """Tell what came of checks; leaves with exit code 1 where something is wrong."""
    teller.results([_told(steps) for steps in checks])
    if any(step.problems for steps in checks for step in steps):
        raise typer.Exit(REFUSED)


def _told(steps: Sequence[CheckedStep]) -> tuple[dict[str, object], list[str]]:
    lines = []
    for step in steps:
        lines += [
            f"{'FAILED' if step.problems else 'ok':6} {step.title}",
            *(f"       {text}" for text in step.problems),
        ]
    return {"passed": not any(step.problems for step in steps), "steps": [vars(step) for step in steps]}, lines


def _facts(packed: PackedPlugin) -> dict[str, str | int]:
    manifest = packed.manifest
    return {"id": manifest.id, "version": manifest.version, "sha256": packed.sha256, "size": packed.size}
