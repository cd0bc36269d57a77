"""Files in a folder against what messages of each format say of them (row VAL-06)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from distro_core.assets.description import describe_file
from distro_core.messages.folder_contents import FolderContents
from distro_core.messages.planner import plan_message
from distro_plugins.apple53 import AppleBuilder
from distro_plugins.ern382 import Ern382Builder
from distro_plugins.ern432 import Ern432Builder
from distro_sdk.messages import MessageBuilder
from distro_sdk.models.assets import AssetKind
from distro_sdk.xml import parse_message
from tests.catalogue_examples import example_order, example_release, video_single, with_fields
from tests.delivery.material import cover, tone
from tests.video_files import make_video

BUILDERS: tuple[tuple[MessageBuilder, dict[str, object]], ...] = (
    (Ern382Builder(), {}),
    (Ern432Builder(), {}),
    (AppleBuilder(), {"provider": "NorthernLight"}),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0094631432057_01_001.wav").write_bytes(tone(440))
    (tmp_path / "0094631432057.jpg").write_bytes(cover())
    return tmp_path


def message_of(builder: MessageBuilder, settings: dict[str, object], folder: Path) -> bytes:
    audio = describe_file(folder / "0094631432057_01_001.wav", AssetKind.AUDIO, id="audio-1")
    image = describe_file(folder / "0094631432057.jpg", AssetKind.IMAGE, id="image-1")
    complete = example_release(tracks=1)
    track = complete.release.tracks[0].model_copy(update={"preview": None})
    complete = with_fields(complete, tracks=(track,)).model_copy(update={"assets": (audio, image)})
    plan = plan_message(complete, replace(example_order(), resource_uri=lambda _, name: name))
    if settings:
        genre = plan.release.genre.model_copy(update={"code": "POP-00", "subgenre_code": None})
        release = plan.release.model_copy(update={"genre": genre})
        plan = plan.model_copy(update={"settings": settings, "release": release})
    return builder.build(plan)


@pytest.mark.proves("VAL-06")
@pytest.mark.parametrize(("builder", "settings"), BUILDERS, ids=[builder.format for builder, _ in BUILDERS])
def test_files_are_found_and_compared_in_every_format(
    builder: MessageBuilder, settings: dict[str, object], folder: Path
) -> None:
    message = parse_message(message_of(builder, settings, folder))
    contents = FolderContents(folder)

    whole = contents.check(message)
    (folder / "0094631432057_01_001.wav").write_bytes(tone(880))
    changed = contents.check(message)
    (folder / "0094631432057.jpg").unlink()
    gone = contents.check(message)

    assert whole == []
    assert {issue.code for issue in changed} == {"CONTENT_HASH_WRONG"}
    assert {issue.code for issue in gone} == {"CONTENT_HASH_WRONG", "CONTENT_FILE_MISSING"}


@pytest.mark.proves("VAL-06")
def test_a_video_of_another_length_than_the_message_says_is_found(tmp_path: Path) -> None:
    single = video_single()
    track = single.release.tracks[0].model_copy(update={"screen_capture_asset_id": None, "preview": None})
    clip = describe_file(make_video(tmp_path / "0094631432057_01_001.mp4"), AssetKind.VIDEO, id="video-track-1")
    (tmp_path / "0094631432057.jpg").write_bytes(cover())
    front = describe_file(tmp_path / "0094631432057.jpg", AssetKind.IMAGE, id="image-1")
    covers = example_release(tracks=1).release.images
    told = with_fields(single, tracks=(track,), images=covers).model_copy(update={"assets": (clip, front)})
    content = Ern432Builder().build(plan_message(told, example_order()))
    contents = FolderContents(tmp_path)

    true = contents.check(parse_message(content))
    false = contents.check(parse_message(content.replace(b"PT0M2S", b"PT9M9S")))

    assert true == []
    assert {issue.code for issue in false} == {"CONTENT_DURATION_WRONG"}


@pytest.mark.proves("VAL-06")
@pytest.mark.parametrize("name", ["0094631432057%5F01%5F001.wav", "resources%2F0094631432057_01_001.wav"])
def test_a_name_is_found_without_its_escapes(name: str, folder: Path) -> None:
    content = message_of(Ern432Builder(), {}, folder).replace(b"0094631432057_01_001.wav", name.encode())

    assert [issue.code for issue in FolderContents(folder).check(parse_message(content))] == []


@pytest.mark.proves("VAL-06")
@pytest.mark.parametrize("name", ["a" * 5000, "%00.wav", "../" * 2000 + "etc/passwd", "/etc/passwd"])
def test_a_name_that_no_file_system_takes_is_a_missing_file(name: str, folder: Path) -> None:
    content = message_of(Ern432Builder(), {}, folder).replace(b"0094631432057_01_001.wav", name.encode())

    (issue,) = FolderContents(folder).check(parse_message(content))

    assert issue.code == "CONTENT_FILE_MISSING"
    assert len(issue.message) < 300
