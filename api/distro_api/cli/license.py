"""`license issue` and `license inspect`: what a publisher does with licences, without a server; beside them, what a
tenant holds.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from distro_api.cli import license_holding
from distro_api.cli.faults import explained

app = typer.Typer(
    help="Licences of plugins: issue and inspect them, and enter, list and remove those of a tenant.",
    no_args_is_help=True,
)
app.command("add")(license_holding.add)
app.command("list")(license_holding.list_licenses)
app.command("remove")(license_holding.remove)

KeyFile = Annotated[
    Path, typer.Option("--key", exists=True, dir_okay=False, help="File with the publisher's private key, a JWK.")
]
Tenant = Annotated[str | None, typer.Option(help="Id of the tenant that it is for.")]
Installation = Annotated[str | None, typer.Option(help="Id of the installation that it is for.")]


@app.command("issue")
def issue(
    *,
    plugin: Annotated[str, typer.Argument(metavar="PLUGIN", help="Id of the plugin.")],
    key: KeyFile,
    days: Annotated[int, typer.Option(min=1, max=36_500, help="Days for which it is good.")],
    tenant: Tenant = None,
    installation: Installation = None,
    features: Annotated[list[str] | None, typer.Option("--feature", help="What it opens; repeatable.")] = None,
    grace_days: Annotated[int, typer.Option(min=0, max=366, help="Days for which what runs goes on after that.")] = 14,
    license_id: Annotated[str | None, typer.Option("--id", help="Its own id; a new one unless given.")] = None,
) -> None:
    """Print a new licence. It is for a tenant, an installation, or both; they are told in the marketplace."""
    from distro_core.licensing.issuing import issue_license
    from distro_sdk.projects.signing import read_key

    now = datetime.now(UTC)
    with explained(key):
        license = issue_license(
            read_key(key),
            plugin,
            expires_at=now + timedelta(days=days),
            now=now,
            tenant_id=tenant,
            installation_id=installation,
            features=features or (),
            grace=timedelta(days=grace_days),
            license_id=license_id,
        )
    typer.echo(license)


@app.command("inspect")
def inspect(
    *,
    license: Annotated[typer.FileText, typer.Argument(metavar="FILE", help="File with the licence; - for stdin.")],
    key: KeyFile,
    plugin: Annotated[str, typer.Option(help="The plugin that it is to be good for.")],
    tenant: Tenant = None,
    installation: Installation = None,
) -> None:
    """Print what a licence says, and whether it is good now; leave with 1 where it is not."""
    from distro_core.licensing.issuing import inspect_license
    from distro_sdk.licensing import LicenseQuestion
    from distro_sdk.projects.signing import read_key

    question = LicenseQuestion(
        plugin_id=plugin, tenant_id=tenant or "", installation_id=installation or "", now=datetime.now(UTC)
    )
    with explained(key):
        claims, verdict = inspect_license(license.read().strip(), read_key(key), question)
    json.dump({"claims": claims, "verdict": verdict.model_dump(mode="json")}, sys.stdout, indent=2, sort_keys=True)
    typer.echo()
    if not verdict.valid:
        raise typer.Exit(1)
