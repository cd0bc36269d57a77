"""The suite of all choreographies finds what is wrong with a broken one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from distro_plugins.batch import BatchChoreography
from distro_sdk.choreography.files import written_file
from distro_sdk.messages import Choreography
from distro_sdk.models.delivery import Batch, FileKind, Package, PackageFile
from distro_sdk.testing.batches import example_batch, example_companion, example_release
from distro_sdk.testing.choreographies import ChoreographyConformance

Break = Callable[[tuple[PackageFile, ...]], tuple[PackageFile, ...]]


class Broken(BatchChoreography):
    """A batch that goes wrong in one way."""

    def __init__(self, change: Break) -> None:
        self._change = change

    def lay_out(self, batch: Batch) -> Package:
        package = super().lay_out(batch)
        return package.model_copy(update={"files": self._change(package.files)})


def marker_first(files: tuple[PackageFile, ...]) -> tuple[PackageFile, ...]:
    return (files[-1], *files[:-1])


def no_marker(files: tuple[PackageFile, ...]) -> tuple[PackageFile, ...]:
    return files[:-1]


def a_file_twice(files: tuple[PackageFile, ...]) -> tuple[PackageFile, ...]:
    again = next(file for file in files if file.asset_id)
    return (again.model_copy(update={"path": f"{again.path}.copy"}), *files)


def the_same_path_twice(files: tuple[PackageFile, ...]) -> tuple[PackageFile, ...]:
    return (files[1], *files)


def a_file_lost(files: tuple[PackageFile, ...]) -> tuple[PackageFile, ...]:
    lost = next(file for file in files if file.asset_id)
    return tuple(file for file in files if file is not lost)


def a_companion_lost(files: tuple[PackageFile, ...]) -> tuple[PackageFile, ...]:
    return tuple(file for file in files if file.kind is not FileKind.COMPANION)


def a_path_that_climbs(files: tuple[PackageFile, ...]) -> tuple[PackageFile, ...]:
    return tuple(file.model_copy(update={"path": file.path.replace("/audio/", "/../audio/")}) for file in files)


def files_elsewhere(files: tuple[PackageFile, ...]) -> tuple[PackageFile, ...]:
    return tuple(file.model_copy(update={"path": file.path.replace("/audio/", "/sound/")}) for file in files)


def another_message(files: tuple[PackageFile, ...]) -> tuple[PackageFile, ...]:
    return tuple(
        written_file(file.path, file.kind, (file.content or b"") + b" ", file.delivery_id)
        if file.kind is FileKind.MESSAGE
        else file
        for file in files
    )


@pytest.mark.parametrize(
    ("change", "test"),
    [
        (marker_first, "test_nothing_comes_after_what_completes_the_package"),
        (no_marker, "test_nothing_comes_after_what_completes_the_package"),
        (a_file_twice, "test_every_file_is_placed_once_for_its_release"),
        (the_same_path_twice, "test_every_path_is_unique_and_safe_everywhere"),
        (a_file_lost, "test_every_file_is_placed_once_for_its_release"),
        (a_companion_lost, "test_every_file_is_placed_once_for_its_release"),
        (a_path_that_climbs, "test_every_path_is_unique_and_safe_everywhere"),
        (another_message, "test_every_file_is_placed_once_for_its_release"),
        (another_message, "test_a_manifest_lists_every_message_with_its_hash"),
    ],
)
def test_a_broken_choreography_does_not_pass(change: Break, test: str) -> None:
    batch = example_batch(example_release(1, companions=(example_companion(1),)), example_release(2))
    check = getattr(ChoreographyConformance(), test)

    check([(batch, BatchChoreography().lay_out(batch))])
    with pytest.raises(AssertionError):
        check([(batch, Broken(change).lay_out(batch))])


def test_files_that_lie_elsewhere_than_messages_say_are_found() -> None:
    batch = example_batch(example_release(1))
    suite, broken = ChoreographyConformance(), Broken(files_elsewhere)

    with pytest.raises(AssertionError):
        suite.test_what_a_message_says_is_where_the_file_lies(broken, [(batch, broken.lay_out(batch))])


def test_a_choreography_that_is_not_the_same_twice_does_not_pass() -> None:
    counted: list[int] = []

    def change(files: tuple[PackageFile, ...]) -> tuple[PackageFile, ...]:
        counted.append(1)
        return files[len(counted) % 2 :]

    broken: Choreography = Broken(change)
    batch = example_batch(example_release(1))

    with pytest.raises(AssertionError):
        ChoreographyConformance().test_the_same_batch_gives_the_same_bytes(broken, [(batch, broken.lay_out(batch))])
