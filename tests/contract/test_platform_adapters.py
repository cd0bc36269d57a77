"""Adapters of platforms against a real server, and that of a person (rows ADI-01 to ADI-14, CON-01 to CON-03)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import BaseModel, SecretStr, ValidationError
from starlette.responses import JSONResponse, RedirectResponse, Response

from distro_plugins.json_dsp import JsonDspAdapter, JsonDspPlugin, JsonDspSettings
from distro_plugins.manual import ManualAdapter, ManualPlugin, ManualSettings, ManualTransport
from distro_sdk.adapters import AdapterAction, ConnectionType, PlatformAdapter, StoreQuery
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network import AddressPolicy
from distro_sdk.testing.adapters import AdapterConformance, example_content
from tests.json_dsp_server import SECRET, TOKEN, JsonDsp, json_dsp


@pytest.fixture
async def dsp() -> AsyncIterator[JsonDsp]:
    """A platform with a JSON interface."""
    async with json_dsp() as running:
        yield running


def with_token(dsp: JsonDsp, token: str = TOKEN) -> JsonDspSettings:
    return JsonDspSettings(address=dsp.address, allow_plain=True, token=SecretStr(token), timeout=30)


def as_client(dsp: JsonDsp, secret: str = SECRET) -> JsonDspSettings:
    return JsonDspSettings(
        address=dsp.address, allow_plain=True, client_id="label", client_secret=SecretStr(secret), timeout=30
    )


def adapter_of(connection_type: ConnectionType) -> JsonDspAdapter:
    return JsonDspAdapter("json-api", "JSON", connection_type, AddressPolicy(["127.0.0.0/8"]))


@pytest.mark.proves("ADI-01", "ADI-02", "ADI-03", "ADI-04", "ADI-05", "ADI-06", "ADI-07", "ADI-08", "ADI-10", "CON-01")
class TestApi(AdapterConformance):
    @pytest.fixture
    def adapter(self) -> PlatformAdapter:
        return adapter_of(ConnectionType.API)

    @pytest.fixture
    def configuration(self, dsp: JsonDsp) -> BaseModel:
        return with_token(dsp)

    @pytest.fixture
    def refused(self, dsp: JsonDsp) -> BaseModel:
        return with_token(dsp, "no-token")


@pytest.mark.proves("ADI-09", "ADI-11", "CON-02")
class TestFtp(AdapterConformance):
    @pytest.fixture
    def adapter(self) -> PlatformAdapter:
        return adapter_of(ConnectionType.FTP)

    @pytest.fixture
    def configuration(self, dsp: JsonDsp) -> BaseModel:
        return as_client(dsp)


@pytest.mark.proves("CON-01", "CON-02")
class TestManual(AdapterConformance):
    @pytest.fixture
    def adapter(self) -> PlatformAdapter:
        return ManualAdapter()

    @pytest.fixture
    def configuration(self) -> BaseModel:
        return ManualSettings()


@pytest.mark.hook("register_platform_adapters")
@pytest.mark.proves("CON-02", "CON-03")
def test_plugins_bring_an_adapter_for_each_type_of_connection() -> None:
    adapters = [*JsonDspPlugin().register_platform_adapters(), *ManualPlugin().register_platform_adapters()]

    assert {adapter.key: adapter.connection_type.value for adapter in adapters} == {
        "json-api": "api",
        "ftp-with-json-api": "ftp",
        "manual": "manual",
    }


@pytest.mark.proves("ADI-02", "ADI-12")
async def test_a_release_becomes_what_the_interface_takes(dsp: JsonDsp) -> None:
    adapter = adapter_of(ConnectionType.API)
    async with adapter.connect(with_token(dsp)) as session:
        taken = await session.deliver_content(adapter.prepare_content(example_content()))

    assert dsp.deliveries[taken.reference] == {
        "messageId": "MSG-1",
        "batchId": "20300101000000000",
        "subtype": "initial",
        "test": False,
        "release": {
            "icpn": "4006381333931",
            "grid": None,
            "title": "Night Drive",
            "version": None,
            "artist": "The Example",
            "label": "Northern Lights",
            "releaseDate": "2030-01-01",
            "tracks": [
                {"isrc": "DEA122600001", "title": "Track 1", "version": None},
                {"isrc": "DEA122600002", "title": "Track 2", "version": None},
            ],
        },
        "files": [{"path": "batch/1.wav", "kind": "audio", "size": 3, "md5": "0" * 32}],
    }


@pytest.mark.proves("ADI-09")
async def test_a_fresh_token_takes_the_place_of_one_that_has_expired(dsp: JsonDsp) -> None:
    adapter = adapter_of(ConnectionType.API)
    async with adapter.connect(as_client(dsp)) as session:
        before = await session.validate_authentication()
        dsp.tokens.clear()
        expired = await session.validate_authentication()
        refreshed = await session.refresh_authentication()
        after = await session.validate_authentication()
    async with adapter.connect(as_client(dsp, "wrong")) as session:
        with pytest.raises(TransportError) as refused:
            await session.validate_authentication()

    assert (before, expired, refreshed, after) == (True, False, True, True)
    assert refused.value.category is ErrorCategory.AUTH_INVALID
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("answer", "category", "code", "retryable"),
    [
        (JSONResponse({}, 500), ErrorCategory.API_UNAVAILABLE, "PLATFORM_UNAVAILABLE", True),
        (JSONResponse({}, 429), ErrorCategory.API_RATE_LIMIT, "PLATFORM_RATE_LIMIT", True),
        (JSONResponse({}, 401), ErrorCategory.AUTH_EXPIRED, "PLATFORM_SIGN_IN_REFUSED", False),
        (JSONResponse({}, 403), ErrorCategory.AUTH_INVALID, "PLATFORM_SIGN_IN_REFUSED", False),
        (JSONResponse({"message": "no"}, 422), ErrorCategory.METADATA_INVALID, "PLATFORM_REFUSED_REQUEST", False),
        (RedirectResponse("http://example.org"), ErrorCategory.METADATA_INVALID, "PLATFORM_REFUSED_REQUEST", False),
        (Response("<html>"), ErrorCategory.API_UNAVAILABLE, "PLATFORM_ANSWER_UNREADABLE", False),
        (JSONResponse(["live"]), ErrorCategory.API_UNAVAILABLE, "PLATFORM_ANSWER_UNREADABLE", False),
        (JSONResponse({"status": 7}), ErrorCategory.API_UNAVAILABLE, "PLATFORM_ANSWER_UNREADABLE", False),
        (
            JSONResponse({"status": "live", "at": "soon"}),
            ErrorCategory.API_UNAVAILABLE,
            "PLATFORM_ANSWER_UNREADABLE",
            False,
        ),
        (Response(b"x" * (1 << 20) + b"y"), ErrorCategory.API_UNAVAILABLE, "PLATFORM_ANSWER_UNREADABLE", False),
    ],
)
async def test_what_the_platform_refuses_is_classified(
    dsp: JsonDsp, answer: Response, category: ErrorCategory, code: str, retryable: bool
) -> None:
    dsp.answers.append(answer)
    async with adapter_of(ConnectionType.API).connect(with_token(dsp)) as session:
        with pytest.raises(TransportError) as caught:
            await session.check_status("DSP-1")

    assert (caught.value.category, caught.value.code, caught.value.retryable) == (category, code, retryable)


async def test_the_platform_may_ask_us_to_wait(dsp: JsonDsp) -> None:
    dsp.answers.append(JSONResponse({}, 429, headers={"Retry-After": "17"}))
    async with adapter_of(ConnectionType.API).connect(with_token(dsp)) as session:
        with pytest.raises(TransportError) as caught:
            await session.check_status("DSP-1")

    assert caught.value.retry_after == 17


async def test_addresses_that_no_target_may_have_are_not_asked(dsp: JsonDsp) -> None:
    adapter = JsonDspAdapter("json-api", "JSON", ConnectionType.API, AddressPolicy())
    async with adapter.connect(with_token(dsp)) as session:
        with pytest.raises(TransportError) as caught:
            await session.check_status("DSP-1")

    assert caught.value.code == "ADDRESS_FORBIDDEN"
    assert dsp.asked == []


@pytest.mark.parametrize(
    "settings",
    [
        {"address": "http://dsp.example", "token": "t"},
        {"address": "https://user:secret@dsp.example", "token": "t"},
        {"address": "https://dsp.example/?a=b", "token": "t"},
        {"address": "ftp://dsp.example", "token": "t"},
        {"address": "https://dsp.example"},
        {"address": "https://dsp.example", "token": "t", "client_id": "c", "client_secret": "s"},
        {"address": "https://dsp.example", "client_id": "c"},
        {"address": "https://dsp.example", "token": "t", "unknown": 1},
    ],
)
def test_settings_that_contradict_themselves_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        JsonDspSettings.model_validate(settings)


async def test_a_store_shows_what_it_has(dsp: JsonDsp) -> None:
    dsp.store["4006381333931"] = {
        "title": "Night Drive",
        "releaseDate": "2030-01-01",
        "tracks": [{"title": "Track 1", "isrc": "DEA122600001"}],
        "links": ["https://dsp.example/album/1"],
        "ids": {"dsp": "1"},
        "stream_count": 7,
    }
    async with adapter_of(ConnectionType.API).connect(with_token(dsp)) as session:
        listing = await session.check_availability(StoreQuery(icpn="4006381333931"))

    assert listing is not None
    assert (listing.title, str(listing.release_date), listing.artist) == ("Night Drive", "2030-01-01", None)
    assert listing.platform_ids == {"dsp": "1"}


async def test_nothing_can_be_connected_to_where_a_person_delivers() -> None:
    with pytest.raises(TransportError) as caught:
        async with ManualTransport().connect(ManualSettings(portal="https://portal.example")):
            pass

    assert (caught.value.code, caught.value.retryable) == ("DELIVERED_BY_HAND", False)
    assert "https://portal.example" in caught.value.message
    assert ManualAdapter().actions == frozenset[AdapterAction]()
