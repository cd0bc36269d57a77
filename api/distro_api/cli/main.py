"""`stardust-distro`: the commands and where each of them lives.

Commands import what they need when they run, so that those without a server start fast.
"""

from __future__ import annotations

import typer

from distro_api.cli import (
    catalogue,
    demo,
    keys,
    license,
    message_reading,
    package,
    people,
    plugin,
    processes,
    reference,
    schemas,
)
from distro_api.receiver.command import receiver

app = typer.Typer(
    name="stardust-distro",
    help="A plugin-first platform that delivers a label's catalogue to digital service providers.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)

app.command()(demo.demo)
app.command()(processes.dev)
app.command()(processes.serve)
app.command()(processes.worker)
app.command()(receiver)
app.command(name="import")(catalogue.import_catalogue)
app.command()(reference.settings)
app.add_typer(people.tenants, name="tenant")
app.add_typer(people.users, name="user")
app.add_typer(message_reading.app, name="message")
app.add_typer(package.app, name="package")
app.add_typer(schemas.app, name="schemas")
app.add_typer(keys.app, name="keys")
app.add_typer(license.app, name="license")
app.add_typer(plugin.app, name="plugin")
