"""`plugin submit`: a signed wheel goes to an installation, over GraphQL, where people review it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from distro_api.cli.plugin_publish import PriceOption, read_price_option
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.projects.telling import REFUSED, JsonOption, telling

if TYPE_CHECKING:
    import httpx2

    from distro_sdk.projects.packing import PackedPlugin

SUBMIT = """mutation($input: PluginSubmitInput!) { pluginSubmit(input: $input) {
  submission { id status } uploadUrl errors { code message path } } }"""
PATIENCE = 60.0
"""Seconds that one request may take."""


def submit(
    wheel: Annotated[Path, typer.Argument(help="A signed wheel.")],
    *,
    to: Annotated[str, typer.Option(help="Address of the installation, such as https://distro.example.")],
    developer: Annotated[str, typer.Option(help="Id of the developer there.")],
    token: Annotated[
        str, typer.Option(envvar="DISTRO_API_TOKEN", help="API key or access token; better in the environment.")
    ],
    price: PriceOption = None,
    keywords: Annotated[list[str] | None, typer.Option("--keyword", help="By which it is found; repeatable.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Submit a signed version to an installation for review; exit code 1 where its automatic checks refuse it."""
    import httpx2

    from distro_sdk.projects.packing import read_wheel

    with telling(as_json) as teller:
        packed = read_wheel(wheel)
        asked = _asked(packed, developer, price, keywords or [])
        try:
            with httpx2.Client(timeout=PATIENCE, base_url=to.rstrip("/")) as http:
                address = _registered(http, asked, token)
                teller.progress(f"Sending {wheel.name} ({packed.size} bytes)")
                submission = _sent(http, address, packed)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise DomainError(
                "INSTALLATION_UNREACHABLE", f"{to} does not answer as it should: {error}"[:300]
            ) from error
        reasons = submission.get("reasons", [])
        lines = [f"{packed.manifest.id} {packed.manifest.version}: {submission['status']}"]
        teller.result(submission, [*lines, *(f"  {reason['code']}: {reason['message']}" for reason in reasons)])
        if submission["status"].lower() == "rejected":
            raise typer.Exit(REFUSED)


def _asked(packed: PackedPlugin, developer: str, price: str | None, keywords: list[str]) -> dict[str, Any]:
    from distro_sdk.projects.signing import read_signature

    asked: dict[str, Any] = {
        "developer": developer,
        "plugin": packed.manifest.id,
        "version": packed.manifest.version,
        "sha256": packed.sha256,
        "size": packed.size,
        "signature": read_signature(packed).signature,
        "keywords": keywords,
    }
    return asked if price is None else {**asked, "price": read_price_option(price).model_dump()}


def _registered(http: httpx2.Client, asked: dict[str, Any], token: str) -> str:
    """Where the wheel is to be sent; raises what the installation says."""
    headers = {"Authorization": f"Bearer {token}"}
    answer = http.post("/graphql", json={"query": SUBMIT, "variables": {"input": asked}}, headers=headers).json()
    payload = (answer.get("data") or {}).get("pluginSubmit")
    if payload is None:
        first = (answer.get("errors") or [{}])[0]
        code = first.get("extensions", {}).get("code", "INSTALLATION_UNREACHABLE")
        raise DomainError(code, first.get("message", "the installation says nothing"))
    if payload["errors"]:
        raise DomainErrors([DomainError(each["code"], each["message"]) for each in payload["errors"]])
    address: str = payload["uploadUrl"]
    return address


def _sent(http: httpx2.Client, address: str, packed: PackedPlugin) -> dict[str, Any]:
    """How the submission stands when the wheel was checked; the token goes nowhere but to GraphQL."""
    answer = http.put(address, content=packed.wheel.read_bytes())
    if answer.status_code != 201:
        raise DomainError("INSTALLATION_UNREACHABLE", f"the wheel was not taken: {answer.text[:200]}")
    submission: dict[str, Any] = answer.json()["submission"]
    return submission
