"""Schemas that the operator installs: all of a set or nothing of it, and again at any time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from distro_core.validation import schema_store
from distro_core.validation.schema_store import Installation, SchemaStore
from distro_core.validation.schemas import SchemaLibrary
from distro_sdk.errors import DomainError
from distro_sdk.xml import parse_message
from tests.unit.validation.schema_files import message, write_set

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> SchemaStore:
    return SchemaStore(tmp_path / "data" / "schemas")


@pytest.fixture
def library(tmp_path: Path) -> SchemaLibrary:
    return SchemaLibrary(None, tmp_path / "data" / "schemas")


def install(store: SchemaStore, folder: Path) -> Installation:
    return store.install(folder, source=str(folder), now=NOW)


def finds_valid(library: SchemaLibrary, content: bytes, schema_set: str = "ern/4.3") -> bool:
    judge = library.find(schema_set)
    assert judge is not None
    return judge.judge(parse_message(content).root) == []


def test_an_installed_set_judges_without_further_settings(
    store: SchemaStore, library: SchemaLibrary, tmp_path: Path
) -> None:
    assert library.find("ern/4.3") is None
    assert store.list() == ()
    folder = write_set(tmp_path / "given" / "anywhere")

    done = install(store, folder.parent)

    assert finds_valid(library, message("Album"))
    assert not finds_valid(library, message("Oratorio"))
    assert store.list() == done.installed
    assert [(found.name, found.files, found.source, found.installed_at) for found in done.installed] == [
        ("ern/4.3", ("allowed-value-sets.xsd", "release-notification.xsd"), str(folder.parent), NOW)
    ]


def test_a_set_that_is_installed_again_is_replaced_and_the_others_stay(
    store: SchemaStore, library: SchemaLibrary, tmp_path: Path
) -> None:
    write_set(tmp_path / "old" / "ern" / "4.3")
    write_set(tmp_path / "old" / "ern" / "4.2", "42")
    install(store, tmp_path / "old")
    assert finds_valid(library, message("Album"))

    install(store, write_set(tmp_path / "new", kind="Oratorio"))

    assert not finds_valid(library, message("Album"))
    assert finds_valid(library, message("Oratorio"))
    assert finds_valid(library, message("Album", "42"), "ern/4.2")
    assert [found.name for found in store.list()] == ["ern/4.2", "ern/4.3"]
    in_force = (tmp_path / "data" / "schemas").resolve()
    assert sorted(path for path in in_force.parent.iterdir() if not path.is_symlink()) == [in_force]


def test_a_set_that_does_not_compile_is_left_out_and_named(
    store: SchemaStore, library: SchemaLibrary, tmp_path: Path
) -> None:
    write_set(tmp_path / "given" / "4.2", "42")
    (write_set(tmp_path / "given" / "4.3") / "allowed-value-sets.xsd").unlink()
    (tmp_path / "given" / "4.2" / "allowed-value-sets.xsd").rename(tmp_path / "given" / "4.2" / "values.xsd")
    write_set(tmp_path / "given" / "4.2", "42", values="values.xsd")

    done = install(store, tmp_path / "given")

    assert [found.name for found in done.installed] == ["ern/4.2"]
    assert list(done.refused) == ["ern/4.3"]
    assert "does not compile" in done.refused["ern/4.3"]
    assert library.find("ern/4.3") is None


def test_allowed_values_may_lie_in_a_folder_of_their_own(
    store: SchemaStore, library: SchemaLibrary, tmp_path: Path
) -> None:
    folder = write_set(tmp_path / "given" / "ern" / "43")
    values = tmp_path / "given" / "allowed-value-sets" / "allowed-value-sets.xsd"
    values.parent.mkdir()
    (folder / "allowed-value-sets.xsd").rename(values)

    install(store, tmp_path / "given")

    assert finds_valid(library, message("Album"))


def test_of_several_states_of_a_set_the_one_least_deep_is_taken(
    store: SchemaStore, library: SchemaLibrary, tmp_path: Path
) -> None:
    write_set(tmp_path / "given" / "ern" / "4.3" / "avs-2022", kind="Oratorio")
    write_set(tmp_path / "given" / "ern" / "4.3")

    install(store, tmp_path / "given")

    assert finds_valid(library, message("Album"))


def test_a_folder_without_any_schema_of_ddex_is_refused(store: SchemaStore, tmp_path: Path) -> None:
    (tmp_path / "release-notification.xsd").write_text('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>')
    (tmp_path / "ern-choreography-sftp.xsd").write_text("no XML at all")

    with pytest.raises(DomainError) as refused:
        install(store, tmp_path)

    assert refused.value.code == "SCHEMAS_ABSENT"
    assert store.list() == ()


@pytest.mark.parametrize(("limit", "value"), [("MAX_FILES", 1), ("MAX_FILE_BYTES", 100)])
def test_more_than_schemas_ever_have_is_refused(
    limit: str, value: int, store: SchemaStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema_store, limit, value)

    with pytest.raises(DomainError) as refused:
        install(store, write_set(tmp_path / "given"))

    assert refused.value.code == "SCHEMA_TOO_LARGE"


def test_an_installation_that_fails_leaves_what_was_there(
    store: SchemaStore, library: SchemaLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(store, write_set(tmp_path / "old"))
    before = store.list()

    def full(*args: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(OSError, match="no space left"):
        install(store, write_set(tmp_path / "new", kind="Oratorio"))

    assert finds_valid(library, message("Album"))
    assert store.list() == before
    assert len(list((tmp_path / "data").iterdir())) == 2


def test_a_store_that_nobody_installed_is_neither_replaced_nor_believed(store: SchemaStore, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "schemas"
    folder.mkdir(parents=True)
    (folder / "installed.json").write_text("[{}]")

    for action in (store.list, lambda: install(store, write_set(tmp_path / "given"))):
        with pytest.raises(DomainError) as refused:
            action()
        assert refused.value.code == "SCHEMA_STORE_UNREADABLE"


def test_the_official_sets_are_installed_and_compile(store: SchemaStore, ddex_folder: Path) -> None:
    done = install(store, ddex_folder / "xsd")

    assert done.refused == {}
    assert {"ern/3.8.2", "ern/4.2", "ern/4.3", "ern/4.3.2", "mead/1.1"} <= {found.name for found in done.installed}
