"""`keys status`, `keys rewrap` and `keys rotate`: who wraps the data keys of tenants' secrets (row SEC-07)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from distro_api.cli.people import run_on_platform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from distro_core.platform import Platform
    from distro_core.secrets.custody import KeyCustody, WrappedCount

app = typer.Typer(help="Keys: who wraps the data keys of tenants' secrets.", no_args_is_help=True)


@app.command()
def status() -> None:
    """Tell how many data keys each wrapping key wraps."""

    async def counts(platform: Platform) -> Sequence[WrappedCount]:
        return await _custody(platform).counts()

    for found in run_on_platform(counts):
        note = "" if found.current else "  (not current: run `keys rewrap`)"
        typer.echo(f"{found.count:6} {found.provider} {found.wrapping_key_id}{note}")


@app.command()
def rewrap() -> None:
    """Wrap every data key with the current provider's current key. May be interrupted and run again."""

    async def move(platform: Platform) -> int:
        return await _custody(platform).rewrap()

    typer.echo(f"{run_on_platform(move)} data keys wrapped anew")


@app.command()
def rotate() -> None:
    """Give every tenant a new data key; what the old ones sealed stays readable."""

    async def renew(platform: Platform) -> int:
        return await _custody(platform).rotate()

    typer.echo(f"{run_on_platform(renew)} tenants have a new data key")


def _custody(platform: Platform) -> KeyCustody:
    from distro_core.secrets.custody import KeyCustody

    return KeyCustody(platform.control, platform.sealer)
