"""Our grammar of Apple's metadata: what it lets pass, and that it lets nothing else pass."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
from lxml import etree

from distro_plugins.apple53 import AppleBuilder
from distro_plugins.apple53.tables import NAMESPACE
from distro_sdk.models.message import MessageSubtype, ReleaseProfile
from tests.unit.apple.plans import apple_plan, built, twin, with_recording
from tests.unit.apple.test_rules import Break, attribute, double, find, make, remove, text


@pytest.fixture(scope="module")
def grammar() -> etree.RelaxNG:
    path = AppleBuilder().grammar
    assert isinstance(path, Path)
    return etree.RelaxNG(etree.parse(path))  # noqa: TID251 (our own grammar)


@pytest.mark.proves("APL-01")
@pytest.mark.parametrize("profile", [ReleaseProfile.AUDIO, ReleaseProfile.SIMPLE_AUDIO_SINGLE])
@pytest.mark.parametrize("subtype", MessageSubtype)
def test_what_is_built_is_valid(grammar: etree.RelaxNG, subtype: MessageSubtype, profile: ReleaseProfile) -> None:
    assert grammar.validate(built(apple_plan(subtype, profile)).root), str(grammar.error_log)[:200]


def test_an_immersive_twin_is_valid(grammar: etree.RelaxNG) -> None:
    plan = apple_plan()

    message = built(with_recording(plan, 0, immersive=twin(plan.sound_recordings[0])))

    assert grammar.validate(message.root), str(grammar.error_log)[:200]


@pytest.mark.proves("APL-01")
@pytest.mark.parametrize(
    "breaking",
    [
        attribute(".", "version", "5.3"),
        remove("language"),
        remove("provider"),
        remove("album/vendor_id"),
        remove("album/upc"),
        remove("album/genres"),
        remove("album/products"),
        remove("album/tracks"),
        remove("album/track_count"),
        text("album/upc", "036000291452"),
        text("album/vendor_id", "a b"),
        text("album/original_release_date", "2026"),
        text("album/copyright_pline", "Söder"),
        text("album/products/product/cleared_for_sale", "yes"),
        text("album/products/product/territory", "Worldwide"),
        text("album/products/product/wholesale_price_tier", "TIER_01"),
        text("album/tracks/track/explicit_content", "not_explicit"),
        text("album/tracks/track/isrc", "SE-AYD-79-00101"),
        text("album/tracks/track/audio_file/size", "-1"),
        text("album/tracks/track/audio_file/checksum", "x"),
        text("album/tracks/track/audio_file/file_name", "audio/one.wav"),
        attribute("album/genres/genre", "code", "18"),
        double("album/title"),
        double("album/tracks/track/audio_file"),
        make("album", "<assets/>"),
        make("album/artists", "<primary_artist>Bo</primary_artist>"),
        make("album/tracks/track", "<products><product><territory>SE</territory></product></products>"),
        make("album/tracks/track", "<flags><flag>x</flag></flags>"),
    ],
)
def test_what_the_table_does_not_know_is_refused(grammar: etree.RelaxNG, breaking: Break) -> None:
    root = deepcopy(built(apple_plan()).root)
    assert grammar.validate(root)

    breaking(root)

    assert not grammar.validate(root)


def test_elements_stand_in_the_order_of_the_table(grammar: etree.RelaxNG) -> None:
    root = deepcopy(built(apple_plan()).root)
    title = find(root, "album/title")
    title.addprevious(find(root, "album/label_name"))

    assert not grammar.validate(root)


def test_what_we_never_write_and_the_table_knows_is_valid(grammar: etree.RelaxNG) -> None:
    root = deepcopy(built(apple_plan()).root)
    preview = find(root, "album/tracks/track/preview_start_index")
    gapless = etree.Element(f"{{{NAMESPACE}}}gapless_play")
    gapless.text = "true"

    preview.addnext(gapless)

    assert grammar.validate(root), str(grammar.error_log)[:200]
