"""A version of ERN that nobody has written yet comes with a plugin, and nothing else is changed (row ERN-22)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import ClassVar

import pytest
from lxml import etree
from pydantic import BaseModel

from distro_core.messages.preview import MessageService
from distro_core.platform import Platform, open_platform
from distro_core.plugins.discovery import find_plugins
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.settings import Settings
from distro_sdk.errors import DomainError
from distro_sdk.messages import MessageBuilder, NoSettings
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.models.message import MessagePlan, ProfileVariant, ReleaseProfile, TakedownForm
from distro_sdk.plugin import Plugin
from tests.catalogue_examples import STREAMING
from tests.delivery.label import Label
from tests.plugins.conftest import PluginsOf
from tests.plugins.sample_plugins import installed

GRAMMAR = """<grammar xmlns="http://relaxng.org/ns/structure/1.0" ns="http://ddex.net/xml/ern/5">
  <start><element name="NewReleaseMessage"><attribute name="id"/><oneOrMore><element name="Title" ns=""><text/>
  </element></oneOrMore></element></start>
</grammar>"""


TARGET = {"platform": None, "format": "ern/5.0", "choreography": "batch", "commercial_terms": (STREAMING,)}
"""Of a partner without a profile, who takes what nobody else does yet."""


class Ern5Builder:
    """A first sketch of ERN 5: the titles of a release."""

    format = "ern/5.0"
    schema = "ern/5.0"
    namespace = "http://ddex.net/xml/ern/5"
    profiles = frozenset({ReleaseProfile.AUDIO, ReleaseProfile.SIMPLE_AUDIO_SINGLE})
    variants = frozenset[ProfileVariant]()
    takedown_forms = frozenset({TakedownForm.NO_DEALS})
    supports_immersive_audio = False
    file_name: str | None = None
    configuration: type[BaseModel] = NoSettings

    def __init__(self, grammar: Path | None = None) -> None:
        self.grammar = grammar

    def build(self, plan: MessagePlan) -> bytes:
        root = etree.Element(f"{{{self.namespace}}}NewReleaseMessage", {"id": plan.message_id})
        for file in plan.files():
            etree.SubElement(root, "Title").text = file.hashes.md5
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


class Ern5(Plugin):
    """Adds ERN 5."""

    id: ClassVar[str] = "ern5"
    grammar: ClassVar[Path | None] = None

    def register_message_builders(self) -> Sequence[MessageBuilder]:
        return (Ern5Builder(type(self).grammar),)


@pytest.fixture
async def scope(platform: Platform, settings: Settings, label_a: Scope, tmp_path: Path) -> AsyncIterator[Scope]:
    """A tenant that has switched the plugin on."""
    grammar = tmp_path / "ern5.rng"
    grammar.write_text(GRAMMAR)
    Ern5.grammar = grammar
    found = installed(Ern5)
    async with open_platform(settings, find=lambda: (*find_plugins(), found)) as running:
        await (await PluginsOf(running)(label_a.tenant_id)).enable("ern5")
        yield await running.scope(label_a.tenant_id, SYSTEM_ACTOR)


@pytest.mark.proves("ERN-22")
async def test_a_plugin_alone_adds_a_version_that_is_judged_and_delivered(
    scope: Scope, label_b: Scope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    label = Label(scope, tmp_path / "dsp")
    release, target = await label.release(), await label.target(**TARGET)

    preview = await MessageService(scope).preview(release.id, target)
    delivery = await label.deliver([release.id], target.id)

    assert preview.validation.schema_judge == "RELAX NG ern/5.0"
    assert preview.validation.schema_valid is True
    assert (delivery.status, delivery.format) == (DeliveryStatus.DISTRIBUTED, "ern/5.0")
    (message,) = label.folder.rglob(f"{delivery.message_id}.xml")
    assert b"http://ddex.net/xml/ern/5" in message.read_bytes()
    with pytest.raises(DomainError) as without:
        await Label(label_b, tmp_path / "other").target(**TARGET)
    assert without.value.code == "FORMAT_UNKNOWN"
