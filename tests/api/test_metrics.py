"""Figures for Prometheus: stages are timed, and only the operator reads how long they took."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import httpx2
import pytest
import structlog.testing
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr, ValidationError

from distro_api.worker_metrics import serving_metrics
from distro_core.platform import Platform
from distro_core.scope import Scope
from distro_core.settings import Settings
from tests.api.client import Client
from tests.api.conftest import serve_api
from tests.delivery.label import Label
from tests.delivery.test_retries import cut_always, with_line
from tests.delivery.transports import HookedTransport

TOKEN = "a token for figures alone"
OPERATOR = {"authorization": f"Bearer {TOKEN}"}
STAGES = (
    "initialization",
    "message_generation",
    "validation",
    "package_preparation",
    "local_folder_upload",
    "completion",
)


@pytest.fixture
def label(label_a: Scope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Label:
    """A label that delivers into a folder."""
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    return Label(label_a, tmp_path)


def counts(text: str) -> dict[tuple[str, str], float]:
    """How often each stage was timed, by stage and outcome."""
    (family,) = [each for each in text_string_to_metric_families(text) if each.name == "distro_stage_seconds"]
    assert family.type == "histogram"
    samples = [each for each in family.samples if each.name.endswith("_count")]
    return {(each.labels["stage"], each.labels["outcome"]): each.value for each in samples}


async def figures(http: httpx2.AsyncClient, url: str) -> str:
    """What the operator's Prometheus reads."""
    answer = await http.get(f"{url}/metrics", headers=OPERATOR)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/plain")
    return str(answer.text)


@pytest.mark.proves("LOG-06")
async def test_each_stage_of_a_delivery_is_timed(
    http: httpx2.AsyncClient, platform: Platform, label: Label, settings: Settings
) -> None:
    label = with_line(label, HookedTransport(connecting=cut_always))
    release, target, broken = await label.release(), await label.target(), await label.target(transport="hooked")
    async with serve_api(platform, metrics_token=SecretStr(TOKEN)) as url:
        before = counts(await figures(http, url)) if "distro_stage_seconds_count" in await figures(http, url) else {}
        await label.deliver([release.id], target.id)
        await label.deliver([release.id], broken.id)
        text = await figures(http, url)

    after = counts(text)
    grown = {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}
    assert {stage: grown[stage, "done"] for stage in STAGES} == {
        **dict.fromkeys(STAGES, 2),
        "local_folder_upload": 1,
        "completion": 1,
    }
    assert grown["hooked_connect", "failed"] == 1
    secrets = (label.scope.tenant_id, label.scope.tenant_key, release.id, target.id, release.title)
    assert [each for each in secrets if each in text] == []


async def test_a_timed_stage_says_in_the_log_what_it_was_about(label: Label) -> None:
    release, target = await label.release(), await label.target()

    usual = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    with structlog.testing.capture_logs() as lines:
        await label.deliver([release.id], target.id)
    structlog.configure(wrapper_class=usual)

    (timed,) = [line for line in lines if line.get("stage") == "message_generation"]
    assert (timed["event"], timed["log_level"], timed["outcome"]) == ("stage_timed", "debug", "done")
    assert (timed["release_id"], timed["track_count"]) == (release.id, 2)
    assert timed["seconds"] > 0


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer of news"}, {"authorization": TOKEN}])
async def test_nobody_else_reads_figures(http: httpx2.AsyncClient, platform: Platform, headers: dict[str, str]) -> None:
    async with serve_api(platform, metrics_token=SecretStr(TOKEN)) as url:
        answer = await http.get(f"{url}/metrics", headers=headers)

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "METRICS_TOKEN_WRONG"
    assert "distro_stage" not in answer.text


async def test_an_admin_of_a_tenant_is_not_the_operator(
    http: httpx2.AsyncClient, platform: Platform, admin_a: Client
) -> None:
    async with serve_api(platform, metrics_token=SecretStr(TOKEN)) as url:
        assert (await http.get(f"{url}/metrics", headers=admin_a.headers)).status_code == 401


async def test_without_a_token_there_are_no_figures(anybody: Client) -> None:
    answer = await anybody.http.get(f"{anybody.url}/metrics", headers=OPERATOR)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (404, "PATH_UNKNOWN")


async def test_a_worker_serves_its_own_figures_on_a_port(http: httpx2.AsyncClient, settings: Settings) -> None:
    given = settings.model_copy(update={"metrics_token": SecretStr(TOKEN), "metrics_port": 0})

    async with serving_metrics(given) as port:
        text = await figures(http, f"http://127.0.0.1:{port}")
        other = await http.get(f"http://127.0.0.1:{port}/graphql")

    assert "distro_stage_seconds" in text
    assert other.status_code == 404
    with pytest.raises(httpx2.ConnectError):
        await http.get(f"http://127.0.0.1:{port}/metrics")


async def test_a_port_that_is_taken_keeps_no_worker_from_work(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, structlog.testing.capture_logs() as lines:
        busy = {"metrics_token": SecretStr(TOKEN), "metrics_port": taken.getsockname()[1]}
        async with serving_metrics(settings.model_copy(update=busy)) as port:
            assert port is None

    assert [line["event"] for line in lines] == ["metrics_not_served"]


@pytest.mark.parametrize("missing", ["metrics_token", "metrics_port"])
async def test_a_worker_serves_nothing_unless_both_are_set(settings: Settings, missing: str) -> None:
    given = {"metrics_token": SecretStr(TOKEN), "metrics_port": 0, missing: None}

    async with serving_metrics(settings.model_copy(update=given)) as port:
        assert port is None


def test_a_token_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least 16"):
        Settings(_env_file=None, metrics_token=SecretStr("short"))
