"""What a wheel is held to before any of its code runs: every known way to do harm is refused by its own code."""

from __future__ import annotations

import io
import stat
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from distro_core.marketplace.registry.format import read_registry
from distro_core.marketplace.registry.offers import offers_of
from distro_core.marketplace.wheels.archive import MOST_BYTES, MOST_FILES, open_archive
from distro_core.marketplace.wheels.inspection import InspectedWheel, compare_with_offer, inspect_wheel
from distro_sdk.errors import DomainError
from tests.marketplace.market import Market, WheelDraft

Bend = Callable[[WheelDraft], object]


@pytest.fixture
def inspect(tmp_path: Path) -> Callable[..., InspectedWheel]:
    def inspect(packed: bytes, others: dict[str, list[str]] | None = None) -> InspectedWheel:
        path = tmp_path / "plugin.whl"
        path.write_bytes(packed)
        return inspect_wheel(path, others or {})

    return inspect


def refusal(inspect: Callable[..., InspectedWheel], packed: bytes, **arguments: object) -> tuple[str, str]:
    with pytest.raises(DomainError) as refused:
        inspect(packed, **arguments)
    return refused.value.code, refused.value.message


def test_a_sound_wheel_passes_and_nothing_of_it_is_imported(inspect: Callable[..., InspectedWheel]) -> None:
    draft = WheelDraft(code="raise SystemExit('this must not run')")

    inspected = inspect(draft.pack())

    assert inspected.manifest.id == "night-owl"
    assert (inspected.distribution, inspected.entry, inspected.top_levels) == (
        "night-owl",
        "night_owl:Owl",
        ("night_owl",),
    )
    assert "night_owl" not in sys.modules


@pytest.mark.parametrize(
    "name",
    [
        "../escape.py",
        "night_owl/../../escape.py",
        "/etc/cron.d/owl.py",
        "night_owl//owl.py",
        "night_owl/./owl.py",
        "night_owl\\..\\..\\owl.py",
        "C:/owl.py",
        "night_owl/owl.py:stream",
        "night_owl/new\nline.py",
        "night_owl/owl. /owl.py",
        "night_owl/" + "o" * 240 + ".py",
    ],
)
def test_a_path_that_leads_outside_is_refused(inspect: Callable[..., InspectedWheel], name: str) -> None:
    draft = WheelDraft()
    draft.files[name] = b"print('out')"

    assert refusal(inspect, draft.pack())[0] == "PLUGIN_WHEEL_UNSAFE"


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR])
def test_an_entry_that_is_no_plain_file_is_refused(inspect: Callable[..., InspectedWheel], kind: int) -> None:
    draft = WheelDraft()
    draft.files["night_owl/passwords.py"] = b"/etc/passwd"
    draft.attributes["night_owl/passwords.py"] = kind | 0o777

    assert refusal(inspect, draft.pack()) == (
        "PLUGIN_WHEEL_UNSAFE",
        "the plugin's wheel is not safe: night_owl/passwords.py is no plain file",
    )


@pytest.mark.parametrize(
    "names",
    [
        ("night_owl/Owl.py", "night_owl/owl.py"),
        ("night_owl/stra\u00dfe.py", "night_owl/strasse.py"),
        ("night_owl/a/b.py", "night_owl/A/c.py"),
        ("night_owl/a.py", "night_owl/a.py/b.py"),
    ],
)
def test_names_that_are_one_on_some_systems_are_refused(
    inspect: Callable[..., InspectedWheel], names: tuple[str, str]
) -> None:
    draft = WheelDraft()
    draft.files.update(dict.fromkeys(names, b""))

    assert refusal(inspect, draft.pack())[0] == "PLUGIN_WHEEL_UNSAFE"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice_is_refused(inspect: Callable[..., InspectedWheel]) -> None:
    packed = io.BytesIO(WheelDraft().pack())
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("night_owl/__init__.py", "import os")

    assert refusal(inspect, packed.getvalue())[0] == "PLUGIN_WHEEL_UNSAFE"


def test_a_bomb_is_refused_before_it_is_unpacked(inspect: Callable[..., InspectedWheel]) -> None:
    draft = WheelDraft()
    draft.files["night_owl/zeros.txt"] = bytes(30 * 1024**2)

    code, message = refusal(inspect, draft.pack())

    assert code == "PLUGIN_WHEEL_UNSAFE"
    assert "grows to more than 200 times its size" in message


def test_too_many_files_are_refused(inspect: Callable[..., InspectedWheel]) -> None:
    draft = WheelDraft()
    draft.files.update({f"night_owl/m{number}.py": b"" for number in range(MOST_FILES)})

    assert "more than 2000 files" in refusal(inspect, draft.pack())[1]


def test_a_size_that_is_a_lie_is_refused(inspect: Callable[..., InspectedWheel]) -> None:
    draft = WheelDraft()
    draft.files["night_owl/big.txt"] = b"owl " * 20_000
    packed = bytearray(draft.pack())
    # The size in the central directory, which is what is counted before anything is unpacked.
    true = (80_000).to_bytes(4, "little")
    packed[packed.rfind(true) : packed.rfind(true) + 4] = (10).to_bytes(4, "little")

    assert refusal(inspect, bytes(packed))[0] == "PLUGIN_WHEEL_INVALID"


def test_files_that_are_too_much_together_are_refused(inspect: Callable[..., InspectedWheel]) -> None:
    draft = WheelDraft()
    draft.files["night_owl/big.txt"] = b"owl " * 20_000
    packed = bytearray(draft.pack())
    true = (80_000).to_bytes(4, "little")
    packed[packed.rfind(true) : packed.rfind(true) + 4] = (MOST_BYTES + 1).to_bytes(4, "little")

    assert "more than 104857600 bytes together" in refusal(inspect, bytes(packed))[1]


def test_files_that_share_their_bytes_are_refused(inspect: Callable[..., InspectedWheel]) -> None:
    draft = WheelDraft()
    draft.files["night_owl/one.txt"] = b"1" * 5000
    packed = bytearray(draft.pack())
    with zipfile.ZipFile(io.BytesIO(bytes(packed))) as archive:
        shared = archive.getinfo("night_owl/__init__.py").header_offset
        own = archive.getinfo("night_owl/one.txt").header_offset
    # The last but one field of an entry in the central directory says where its bytes begin.
    place = packed.rfind(own.to_bytes(4, "little") + b"night_owl/one.txt")
    packed[place : place + 4] = shared.to_bytes(4, "little")

    code, message = refusal(inspect, bytes(packed))

    assert code == "PLUGIN_WHEEL_UNSAFE"
    assert "shares its bytes" in message


@pytest.mark.parametrize("packed", [b"", b"no archive", WheelDraft().pack()[:-40], WheelDraft().pack()[300:]])
def test_what_is_no_archive_is_refused(inspect: Callable[..., InspectedWheel], packed: bytes) -> None:
    assert refusal(inspect, packed)[0] in {"PLUGIN_WHEEL_INVALID", "PLUGIN_WHEEL_UNSAFE"}


def _bend_record(draft: WheelDraft) -> None:
    draft.recorded["night_owl/__init__.py"] = b"what was reviewed"


def _hide(draft: WheelDraft) -> None:
    draft.files[f"{draft.information}/RECORD"] = b"night_owl/__init__.py,sha256=AAAA,3\n"


def _md5(draft: WheelDraft) -> None:
    draft.files[f"{draft.information}/RECORD"] = "\n".join(
        f"{name},md5=AAAA,3" for name in ["night_owl/plugin.json", *draft.files]
    ).encode()


def _list_too_much(draft: WheelDraft) -> None:
    record = f"{draft.information}/RECORD"
    with zipfile.ZipFile(io.BytesIO(draft.pack())) as archive:
        draft.files[record] = archive.read(record) + b"night_owl/gone.py,sha256=AAAA,1\n"


def _no_record(draft: WheelDraft) -> None:
    draft.files[f"{draft.information}/RECORD"] = b'"'


def _data_folder(draft: WheelDraft) -> None:
    draft.files["night_owl-1.0.0.data/scripts/owl"] = b"#!/bin/sh"


def _second_information(draft: WheelDraft) -> None:
    draft.files["other-1.0.0.dist-info/METADATA"] = b"Name: other"


def _entry_points(text: str) -> Bend:
    def bend(draft: WheelDraft) -> None:
        draft.files[f"{draft.information}/entry_points.txt"] = text.encode()

    return bend


def _file(name: str, content: bytes = b"") -> Bend:
    def bend(draft: WheelDraft) -> None:
        draft.files[name] = content

    return bend


def _metadata(text: str) -> Bend:
    def bend(draft: WheelDraft) -> None:
        draft.files[f"{draft.information}/METADATA"] = text.encode()

    return bend


def _wheel(text: str) -> Bend:
    def bend(draft: WheelDraft) -> None:
        draft.files[f"{draft.information}/WHEEL"] = text.encode()

    return bend


HEAD = "Metadata-Version: 2.1\nName: night-owl\nVersion: 1.0.0\n"


@pytest.mark.parametrize(
    ("bend", "code", "reason"),
    [
        (_bend_record, "PLUGIN_WHEEL_INVALID", "night_owl/__init__.py is not what RECORD says"),
        (_hide, "PLUGIN_WHEEL_INVALID", "RECORD does not list night_owl-1.0.0.dist-info/METADATA"),
        (_md5, "PLUGIN_WHEEL_INVALID", "a hash other than SHA-256"),
        (_list_too_much, "PLUGIN_WHEEL_INVALID", "RECORD lists night_owl/gone.py, which is missing"),
        (_no_record, "PLUGIN_WHEEL_INVALID", "malformed or repeated line"),
        (_data_folder, "PLUGIN_WHEEL_INVALID", ".data folder"),
        (_second_information, "PLUGIN_WHEEL_INVALID", "not exactly one .dist-info folder"),
        (_entry_points("[console_scripts]\nls = night_owl:Owl\n"), "PLUGIN_WHEEL_INVALID", "not those of"),
        (
            _entry_points("[stardust_distro.plugins]\nnight-owl = night_owl:Owl\n[pytest11]\nowl = night_owl\n"),
            "PLUGIN_WHEEL_INVALID",
            "not those of stardust_distro.plugins alone",
        ),
        (_entry_points("night-owl"), "PLUGIN_WHEEL_INVALID", "entry_points.txt is malformed"),
        (_file("owl.pth", b"import os"), "PLUGIN_WHEEL_INVALID", "would be run by Python itself"),
        (_file("sitecustomize.py"), "PLUGIN_WHEEL_INVALID", "would be run by Python itself"),
        (_file("README.md"), "PLUGIN_WHEEL_INVALID", "README.md is no part of a module"),
        (_file("night_owl/fast.cpython-311-x86_64-linux-gnu.so"), "PLUGIN_NATIVE_CODE", "compiled code"),
        (_file("night_owl/libowl.so.1"), "PLUGIN_NATIVE_CODE", "compiled code"),
        (_file("night_owl/fast.pyd"), "PLUGIN_NATIVE_CODE", "compiled code"),
        (_file("night_owl/picture.png", b"\x7fELF\x02\x01\x01"), "PLUGIN_NATIVE_CODE", "picture.png"),
        (_file("night_owl/data.bin", b"MZ\x90\x00"), "PLUGIN_NATIVE_CODE", "data.bin"),
        (_file("night_owl/__pycache__/owl.cpython-311.pyc"), "PLUGIN_NATIVE_CODE", "compiled code"),
        (
            _wheel("Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-linux_x86_64\n"),
            "PLUGIN_NATIVE_CODE",
            "py3-none-any",
        ),
        (_wheel("Wheel-Version: 7.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"), "PLUGIN_WHEEL_INVALID", "is not 1"),
        (_metadata("Name: night-owl\n"), "PLUGIN_WHEEL_INVALID", "no name or version"),
        (_metadata(HEAD + "Requires-Dist: ???\n"), "PLUGIN_WHEEL_INVALID", "malformed"),
        (
            _metadata(HEAD + "Requires-Dist: feathers>=2\n"),
            "PLUGIN_DEPENDENCY_MISSING",
            "feathers >=2 (here: none)",
        ),
        (_metadata(HEAD + "Requires-Dist: pydantic<1\n"), "PLUGIN_DEPENDENCY_MISSING", "pydantic <1 (here: 2."),
        (
            _metadata(HEAD + "Requires-Dist: pydantic @ https://owls.example/pydantic.whl\n"),
            "PLUGIN_DEPENDENCY_MISSING",
            "pydantic",
        ),
        (_metadata("Name: night-owl\nVersion: 2.0.0\n"), "PLUGIN_MANIFEST_WRONG", "the wheel has version 2.0.0"),
        (_file("json/__init__.py"), "PLUGIN_SHADOWS_MODULE", "module json has the name of one of Python's own"),
        (_file("JSON.py"), "PLUGIN_SHADOWS_MODULE", "module JSON has the name of one of Python's own"),
        (_file("pydantic/__init__.py"), "PLUGIN_SHADOWS_MODULE", "module pydantic has the name of one of"),
        (_file("distro_core/evil.py"), "PLUGIN_SHADOWS_MODULE", "module distro_core"),
        (
            _file("barn_owl/__init__.py"),
            "PLUGIN_SHADOWS_MODULE",
            "the name of one of plugin barn-owl",
        ),
    ],
)
def test_a_wheel_that_is_not_what_it_must_be_is_refused(
    inspect: Callable[..., InspectedWheel], bend: Bend, code: str, reason: str
) -> None:
    draft = WheelDraft()
    bend(draft)

    found, message = refusal(inspect, draft.pack(), others={"barn-owl": ["barn_owl"]})

    assert found == code, message
    assert reason in message


def test_dependencies_that_the_host_has_and_those_of_extras_are_fine(inspect: Callable[..., InspectedWheel]) -> None:
    draft = WheelDraft()
    _metadata(HEAD + 'Requires-Dist: pydantic>=2\nRequires-Dist: nothing-here; extra == "more"\n')(draft)

    assert inspect(draft.pack()).distribution == "night-owl"


@pytest.mark.parametrize(
    ("fields", "code", "reason"),
    [
        ({"colour": "grey"}, "PLUGIN_MANIFEST_WRONG", "Extra inputs"),
        ({"id": "day-owl"}, "PLUGIN_MANIFEST_WRONG", "the entry point is night-owl = night_owl:Owl, the manifest says"),
        ({"entry": None}, "PLUGIN_MANIFEST_WRONG", "the manifest says night-owl = None"),
        ({"sdk": "newest"}, "PLUGIN_MANIFEST_WRONG", "'newest' is not a range"),
        ({"sdk": ">=2"}, "PLUGIN_REQUIREMENTS_NOT_MET", "Plugin Night owl requirements not met: it needs version >=2"),
        ({"python": "<3"}, "PLUGIN_REQUIREMENTS_NOT_MET", "it needs Python <3"),
    ],
)
@pytest.mark.proves("PLG-01")
def test_a_wrong_manifest_is_refused(
    inspect: Callable[..., InspectedWheel], fields: dict[str, object], code: str, reason: str
) -> None:
    draft = WheelDraft()
    draft.manifest.update(fields)

    found, message = refusal(inspect, draft.pack())

    assert (found, reason in message) == (code, True), message


def test_a_wheel_without_a_manifest_is_refused(inspect: Callable[..., InspectedWheel]) -> None:
    draft = WheelDraft()
    draft.package = "elsewhere"

    assert refusal(inspect, draft.pack())[0] == "PLUGIN_MANIFEST_WRONG"


@pytest.mark.parametrize(
    "fields", [{"sdk": ">=0.1"}, {"license_model": "paid"}, {"version": "1.0.1"}, {"requires": {"sftp": ">=0"}}]
)
def test_a_manifest_that_says_something_else_than_the_registry_is_refused(
    market: Market, inspect: Callable[..., InspectedWheel], fields: dict[str, object]
) -> None:
    draft = WheelDraft()
    inspected = inspect(market.offer(draft))
    (offer,) = offers_of(market.setting, read_registry(market.file.read_bytes()).content)
    version = offer.entry.versions[0]
    compare_with_offer(inspected, offer, version)

    with pytest.raises(DomainError, match=f"something else of {next(iter(fields))}") as refused:
        compare_with_offer(inspected, offer, version.model_validate({**version.model_dump(), **fields}))

    assert refused.value.code == "PLUGIN_MANIFEST_WRONG"


def test_unpacking_writes_every_file_once(tmp_path: Path) -> None:
    wheel = tmp_path / "plugin.whl"
    wheel.write_bytes(WheelDraft().pack())

    with open_archive(wheel) as archive:
        archive.unpack(tmp_path / "out")

    written = sorted(
        str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()
    )
    assert written == archive.names
    assert (tmp_path / "out" / "night_owl" / "__init__.py").read_bytes() == WheelDraft().files["night_owl/__init__.py"]
