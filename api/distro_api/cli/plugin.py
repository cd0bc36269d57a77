"""`plugin`: everything around plugins, from the first file of a project to a plugin that a tenant uses.

What an author does without the platform comes from the SDK, which has it as `stardust-plugin`, too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from distro_api.cli import plugin_develop, plugin_market, plugin_publish, plugin_submit
from distro_sdk.projects import commands
from distro_sdk.projects.telling import JsonOption, telling

app = typer.Typer(help="Plugins: find, install, write, check, sign and publish them.", no_args_is_help=True)

app.command()(plugin_market.search)
app.command()(plugin_market.install)
app.command()(plugin_market.remove)
app.command("list")(plugin_market.list_plugins)
app.command()(plugin_market.enable)
app.command()(plugin_market.disable)
app.command()(commands.create)
app.command()(plugin_develop.develop)
app.command("test", context_settings=commands.PASSED_ON)(commands.run_project_tests)
app.command()(commands.key)
app.command()(commands.pack)
app.command()(commands.sign)
app.command()(plugin_publish.publish)
app.command()(plugin_publish.collect)
app.command()(plugin_submit.submit)


@app.command()
def check(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(metavar="SOURCE...", help="Projects' folders, or wheels; default: this folder."),
    ] = None,
    tests: Annotated[bool, typer.Option(help="Run the projects' tests, too.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Look for whatever would keep plugins from being installed here; exit code 1 with every reason.

    A project is read, tested and packed; then its wheel is inspected and its code imported, in a process of its own, as
    an installation does it.
    """
    from distro_api.cli.plugin_check import check_project, check_wheel

    with telling(as_json) as teller:
        checks = [
            check_wheel(source) if source.suffix == ".whl" else check_project(source, tests=tests, teller=teller)
            for source in sources or [commands.HERE]
        ]
        commands.tell_steps(teller, checks)
