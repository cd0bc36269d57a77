"""`plugin publish` and `plugin collect`: signed versions become part of a registry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distro_sdk.errors import DomainError
from distro_sdk.projects.telling import JsonOption, telling

if TYPE_CHECKING:
    from distro_core.marketplace.registry.format import Price

PriceOption = Annotated[
    str | None, typer.Option(help="What it costs, in minor units, such as 4900EUR; for what is not free.")
]
RegistryKey = Annotated[Path, typer.Option(help="Key file of whoever keeps the registry.")]


def publish(
    wheels: Annotated[list[Path], typer.Argument(metavar="WHEEL...", help="Signed wheels.")],
    *,
    registry: Annotated[Path, typer.Option(help="Registry file; it is made where there is none.")],
    registry_key: RegistryKey,
    publisher: Annotated[str, typer.Option(help="Id of the publisher.")],
    url: Annotated[str | None, typer.Option(help="Where the one wheel will lie; default: beside the registry.")] = None,
    price: PriceOption = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days after which this edition says nothing.")] = 365,
    as_json: JsonOption = False,
) -> None:
    """Add signed versions to a registry, each as a new signed edition of it."""
    if url is not None and len(wheels) > 1:
        raise typer.BadParameter("--url says where one wheel will lie, these are several")
    from distro_core.marketplace.registry.collecting import registry_setting
    from distro_core.marketplace.registry.editing import read_draft, replace_file
    from distro_core.marketplace.wheels.inspection import inspect_wheel
    from distro_sdk.projects.packing import read_wheel
    from distro_sdk.projects.signing import read_key, read_signature

    with telling(as_json) as teller:
        keeper, told = read_key(registry_key), []
        asked = None if price is None else read_price_option(price)
        for wheel in wheels:
            packed = read_wheel(wheel)
            signature = read_signature(packed)
            teller.progress(f"Inspecting {wheel.name}")
            inspect_wheel(wheel, {})
            draft, now, where = read_draft(registry), datetime.now(UTC), url or wheel.name
            added = draft.add(packed, signature, publisher=publisher, url=where, released_at=now, price=asked)
            if added:
                edition = draft.sign(keeper, now, timedelta(days=days))
                if url is None and wheel.resolve().parent != registry.resolve().parent:
                    replace_file(registry.with_name(wheel.name), wheel.read_bytes())
                replace_file(registry, edition)
            manifest, said = packed.manifest, "is listed now" if added else "was listed already"
            document = {"id": manifest.id, "version": manifest.version, "registry": str(registry), "added": added}
            told.append((document, [f"{registry}: {manifest.id} {manifest.version} {said}"]))
        told[-1][1].append(f"DISTRO_REGISTRIES='{registry_setting(publisher, registry, keeper)}'")
        teller.results(told)


def collect(
    folders: Annotated[list[Path], typer.Argument(help="Projects, or folders of projects.")],
    *,
    key: Annotated[Path, typer.Option(help="Key file that signs wheels and registry.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the wheels.")],
    registry: Annotated[Path | None, typer.Option(help="Registry file; default: beside the wheels.")] = None,
    publisher: Annotated[str, typer.Option(help="Id of the publisher.")] = "stardust-distro",
    follow: Annotated[bool, typer.Option("--follow", help="What the registry lists already stays listed.")] = False,
    make_key: Annotated[bool, typer.Option("--make-key", help="Make the key where there is none.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Pack and sign many projects, and write a signed registry of them."""
    from distro_core.marketplace.registry.collecting import REGISTRY_FILE, collect_plugins, find_projects
    from distro_core.marketplace.registry.editing import RegistryDraft, read_draft
    from distro_sdk.projects.signing import make_key as make_key_file
    from distro_sdk.projects.signing import read_key

    with telling(as_json) as teller:
        if make_key and not key.exists():
            make_key_file(key, f"{publisher}-throw-away")
            teller.progress(f"{key}: a new key")
        file = registry or output / REGISTRY_FILE
        collected = collect_plugins(
            find_projects(folders),
            output,
            file,
            publisher=publisher,
            key=read_key(key),
            now=datetime.now(UTC),
            draft=read_draft(file) if follow else RegistryDraft(),
            tell=teller.progress,
        )
        plugins = [{"id": each.manifest.id, "version": each.manifest.version} for each in collected.packed]
        document = {"registry": str(collected.registry), "plugins": plugins, "setting": collected.setting}
        lines = [f"{collected.registry}: {len(plugins)} plugins", f"DISTRO_REGISTRIES='{collected.setting}'"]
        teller.result(document, lines)


def read_price_option(text: str) -> Price:
    """A price of the command line; raises PLUGIN_PRICE_WRONG."""
    from pydantic import ValidationError

    from distro_core.marketplace.registry.format import Price

    try:
        return Price(amount=int(text[:-3]), currency=text[-3:])
    except (ValueError, ValidationError) as error:
        raise DomainError("PLUGIN_PRICE_WRONG", f"{text!r} is no price such as 4900EUR", ("price",)) from error
