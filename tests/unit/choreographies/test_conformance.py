"""Every built-in choreography, by the suite of all choreographies; its manifests by DDEX's schemas where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lxml import etree

from distro_api.receiver import SchemaFolder
from distro_plugins.batch import BatchChoreography
from distro_plugins.ddex_cloud import DdexCloud
from distro_plugins.ddex_sftp import DdexSftp
from distro_plugins.flat import Flat
from distro_plugins.release_by_release import ReleaseByRelease
from distro_sdk.messages import Choreography
from distro_sdk.models.delivery import FileKind
from distro_sdk.testing.batches import RESOURCES, batches
from distro_sdk.testing.choreographies import ChoreographyConformance

LETTERS: Sequence[Mapping[str, Any]] = [{"priority": letter} for letter in ("P", "M", "N", None)]
BATCH_SETTINGS: Sequence[Mapping[str, Any]] = (
    {},
    *LETTERS,
    {"folder_id": "icpn"},
    {"completion": "empty_file"},
    {"delivery_type": "BackCatalogDelivery"},
)


@pytest.mark.proves("CHO-02", "CHO-03", "CHO-08")
class TestBatch(ChoreographyConformance):
    @pytest.fixture
    def choreography(self) -> Choreography:
        return BatchChoreography()

    @pytest.fixture
    def settings_to_try(self) -> Sequence[Mapping[str, Any]]:
        return ({}, {"delivery_type": "BackCatalogDelivery"})


class TestDdexSftp(ChoreographyConformance):
    @pytest.fixture
    def choreography(self) -> Choreography:
        return DdexSftp()

    @pytest.fixture
    def settings_to_try(self) -> Sequence[Mapping[str, Any]]:
        return BATCH_SETTINGS


class TestDdexCloud(ChoreographyConformance):
    @pytest.fixture
    def choreography(self) -> Choreography:
        return DdexCloud()

    @pytest.fixture
    def settings_to_try(self) -> Sequence[Mapping[str, Any]]:
        return BATCH_SETTINGS


class TestReleaseByRelease(ChoreographyConformance):
    @pytest.fixture
    def choreography(self) -> Choreography:
        return ReleaseByRelease()

    @pytest.fixture
    def settings_to_try(self) -> Sequence[Mapping[str, Any]]:
        return ({}, {"priority": "P"}, {"priority": None}, {"folder_id": "icpn"})


class TestFlat(ChoreographyConformance):
    @pytest.fixture
    def choreography(self) -> Choreography:
        return Flat()


@pytest.fixture(scope="module")
def schemas(ddex_folder: Path) -> SchemaFolder:
    return SchemaFolder(ddex_folder)


@pytest.mark.proves("CHO-02")
@pytest.mark.parametrize("choreography", [BatchChoreography(), DdexSftp(), DdexCloud()], ids=lambda each: each.key)
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_any_manifest_is_valid_by_the_official_schema(
    schemas: SchemaFolder, choreography: Choreography, data: st.DataObject
) -> None:
    to_try = [{}] if choreography.key == "batch" else BATCH_SETTINGS
    batch = data.draw(batches(sorted(RESOURCES)))
    package = choreography.lay_out(batch.model_copy(update={"settings": data.draw(st.sampled_from(to_try))}))

    for file in package.files:
        if file.kind in {FileKind.MANIFEST, FileKind.COMPLETION} and file.path.endswith(".xml") and file.content:
            root = etree.fromstring(file.content)  # noqa: TID251 (our own manifest)
            assert [finding.message[:200] for finding in schemas.judge(root, file.path, "MANIFEST")] == []
