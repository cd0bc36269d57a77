"""The suites of the test kit, run on every built-in implementation that has none elsewhere."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from PIL import Image

from distro_core.assets.description import describe_file
from distro_plugins.apple53 import AppleRules
from distro_plugins.ddex_schematron import RuleFolder, SchematronValidator
from distro_plugins.genres import GenresPlugin
from distro_plugins.media_preparation import CoverImages, LosslessAudio
from distro_plugins.platforms import PlatformsPlugin
from distro_plugins.registry_http import RegistryHttpPlugin
from distro_plugins.workbench import WorkbenchSettings, WorkbenchValidator
from distro_sdk.genres import GenreMapper
from distro_sdk.messages import MessageValidator
from distro_sdk.models.assets import AudioFormat, ImageFormat
from distro_sdk.models.catalogue import Genre
from distro_sdk.models.planned_releases import PlannedGenre
from distro_sdk.platforms import PlatformProfile
from distro_sdk.preparation import AssetPreparer, AudioRecipe, ImageRecipe
from distro_sdk.registries import RegistrySource
from distro_sdk.testing.genres import GenreMapperConformance
from distro_sdk.testing.preparation import AssetPreparerConformance, PreparationCase
from distro_sdk.testing.profiles import PlatformConformance
from distro_sdk.testing.registries import RegistrySourceConformance
from distro_sdk.testing.validators import FaultyMessage, ValidatorConformance
from tests.http_receiver import Certificate, HttpReceiver, http_receiver, make_certificate
from tests.unit.apple.plans import apple_plan, built
from tests.unit.media.test_lossless_audio import noise
from tests.unit.validation.http_server import Answer, Server, serve
from tests.unit.validation.test_ddex_schematron import RULES, ern

PLATFORMS = {profile.key: profile for profile in PlatformsPlugin().register_platforms()}
MAPPERS = {mapper.provider: mapper for mapper in GenresPlugin().register_genre_mappers()}
JPEG = ImageRecipe(format=ImageFormat.JPEG, largest_file=10_000_000)
FLAC = AudioRecipe(format=AudioFormat.FLAC)


@pytest.mark.proves("SDK-03")
class TestPlatforms(PlatformConformance):
    @pytest.fixture(params=sorted(PLATFORMS))
    def platform(self, request: pytest.FixtureRequest) -> PlatformProfile:
        return PLATFORMS[request.param]


class TestMappers(GenreMapperConformance):
    @pytest.fixture(params=sorted(MAPPERS))
    def mapper(self, request: pytest.FixtureRequest) -> GenreMapper:
        return MAPPERS[request.param]

    @pytest.fixture
    def examples(self, mapper: GenreMapper) -> Mapping[str, tuple[Genre, PlannedGenre | None]]:
        house = Genre(name="Dance", code="DANCE-00", subgenre_name="House", subgenre_code="HOUSE-00")
        return {"house": (house, mapper.map(house)), "no genre of anybody": (Genre(name="Polka of Mars"), None)}


class TestAppleRules(ValidatorConformance):
    @pytest.fixture
    def validator(self) -> MessageValidator:
        return AppleRules()

    @pytest.fixture
    def sound(self) -> Sequence[bytes]:
        return [built(apple_plan()).content]

    @pytest.fixture
    def faulty(self, sound: Sequence[bytes]) -> Sequence[FaultyMessage]:
        wrong = sound[0].replace(b"4006381333931", b"4006381333932")
        return [FaultyMessage("a wrong check digit", wrong, ("APPLE_UPC_UNFIT",))]


class TestSchematron(ValidatorConformance):
    @pytest.fixture
    def validator(self, tmp_path: Path) -> MessageValidator:
        (tmp_path / "2.1").mkdir()
        (tmp_path / "2.1" / "NewReleaseMessage_ReleaseProfile_Audio_21.sch").write_text(RULES)
        return SchematronValidator(RuleFolder(tmp_path))

    @pytest.fixture
    def sound(self) -> Sequence[bytes]:
        return [ern('<Title lang="de">Kurz</Title>')]

    @pytest.fixture
    def faulty(self) -> Sequence[FaultyMessage]:
        return [FaultyMessage("shouted", ern('<Title lang="de">SHOUTED LOUDLY</Title>'), ("SCHEMATRON_ERROR",))]


class TestWorkbench(ValidatorConformance):
    @pytest.fixture
    def server(self) -> Iterator[Server]:
        wrong = {"line": 1, "column": 1, "message": "Nobody shouts", "severity": "error", "rule": "Titles"}
        said = {"valid": False, "errors": [wrong], "warnings": [], "metadata": {"processingTime": 1}}
        right = {**said, "valid": True, "errors": []}
        headers = {"Content-Type": "application/json"}
        with serve(
            lambda request: Answer(200, json.dumps(said if b"SHOUT" in request.body else right).encode(), headers)
        ) as running:
            yield running

    @pytest.fixture
    def validator(self, server: Server) -> MessageValidator:
        settings = {"api_key": "ddex_test_key", "address": f"{server.address}/v1", "retries": 0, "timeout": 30}
        return WorkbenchValidator(WorkbenchSettings.model_validate(settings))

    @pytest.fixture
    def sound(self) -> Sequence[bytes]:
        return [ern("<Title>Kurz</Title>")]

    @pytest.fixture
    def faulty(self) -> Sequence[FaultyMessage]:
        return [FaultyMessage("shouted", ern("<Title>SHOUT</Title>"), ("WORKBENCH_ERROR",))]


class TestCoverImages(AssetPreparerConformance):
    @pytest.fixture
    def preparer(self) -> AssetPreparer:
        return CoverImages()

    @pytest.fixture
    def prepared(self, tmp_path: Path) -> Sequence[PreparationCase]:
        path = tmp_path / "cover.png"
        Image.linear_gradient("L").convert("RGB").save(path)
        return [PreparationCase("a picture", describe_file(path), JPEG, path)]

    @pytest.fixture
    def left(self, tmp_path: Path) -> Sequence[PreparationCase]:
        return [PreparationCase("a sound", noise(tmp_path / "a.wav", "PCM_16", frames=100), FLAC, tmp_path / "a.wav")]


class TestLosslessAudio(AssetPreparerConformance):
    @pytest.fixture
    def preparer(self) -> AssetPreparer:
        return LosslessAudio()

    @pytest.fixture
    def prepared(self, tmp_path: Path) -> Sequence[PreparationCase]:
        path = tmp_path / "a.wav"
        return [PreparationCase("a sound", noise(path, "PCM_16", frames=2000), FLAC, path)]

    @pytest.fixture
    def left(self, tmp_path: Path) -> Sequence[PreparationCase]:
        path = tmp_path / "cover.png"
        Image.linear_gradient("L").convert("RGB").save(path)
        return [PreparationCase("a picture", describe_file(path), JPEG, path)]


class TestRegistryHttp(RegistrySourceConformance):
    @pytest.fixture
    def certificate(self, tmp_path: Path) -> Certificate:
        return make_certificate(tmp_path)

    @pytest.fixture
    async def server(self, tmp_path: Path, certificate: Certificate) -> AsyncIterator[HttpReceiver]:
        (tmp_path / "files").mkdir()
        async with http_receiver(tmp_path / "files", certificate) as running:
            yield running

    @pytest.fixture
    def content(self) -> bytes:
        return b"owls" * 50_000

    @pytest.fixture
    def source(self, certificate: Certificate) -> RegistrySource:
        settings = {"private_networks": ["127.0.0.0/8"], "ca_certificates": certificate.text}
        (source,) = RegistryHttpPlugin(settings).register_registry_sources()
        return source

    @pytest.fixture
    def address(self, server: HttpReceiver, content: bytes) -> str:
        (server.folder / "registry.json").write_bytes(content)
        return f"{server.address}/registry.json"

    @pytest.fixture
    def missing(self, server: HttpReceiver) -> str:
        return f"{server.address}/nothing.json"
