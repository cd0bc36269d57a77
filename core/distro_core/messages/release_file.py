"""The release file: a whole release in JSON, from which a message is made without a server.

It holds what `CompleteRelease` holds. An asset is given in full, or by the name of a file that is then described.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, Discriminator, Field, Tag, ValidationError

from distro_core.assets.description import describe_file
from distro_core.messages.release_file_checks import checked_release
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.errors import Path as ErrorPath
from distro_sdk.models.assets import Asset, AssetKind
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import CompleteRelease, Identity, Party, Release

_IN_FULL = "in full"
_BY_FILE = "by file"


class AssetFile(Model):
    """An asset that is described from a file: hashed, and its technical data read from its content.

    `file`: a path relative to the folder of assets, with `/`.
    """

    id: Identity
    kind: AssetKind
    file: Annotated[str, Field(min_length=1, max_length=1000)]


def _asset_form(given: Any) -> str:
    named = "file" in given if isinstance(given, Mapping) else isinstance(given, AssetFile)
    return _BY_FILE if named else _IN_FULL


GivenAsset: TypeAlias = Annotated[
    Annotated[Asset, Tag(_IN_FULL)] | Annotated[AssetFile, Tag(_BY_FILE)], Discriminator(_asset_form)
]


class ReleaseFile(Model):
    """A release with every party and asset that it names.

    `$schema`: where the JSON Schema of this file lies, for editors; not read otherwise.
    """

    schema_location: str | None = Field(default=None, alias="$schema")
    release: Release
    parties: tuple[Party, ...] = ()
    assets: tuple[GivenAsset, ...] = ()


def read_release_file(content: bytes, folder: Path | None = None) -> CompleteRelease:
    """The release in a release file, with identifiers in the form in which messages carry them.

    `folder`: where the files of assets lie. Raises `DomainErrors` with every fault and its path into the file:
    RELEASE_FILE_MALFORMED, FIELD_MISSING, FIELD_UNKNOWN, VALUE_INVALID, ASSET_FOLDER_MISSING, those of the catalogue's
    identifiers and words, and those of `describe_file`.
    """
    given = _parse(content)
    try:
        file = ReleaseFile.model_validate(given)
        described = _describe(file.assets, folder)
        complete = CompleteRelease(release=file.release, parties=file.parties, assets=described)
    except ValidationError as error:
        raise DomainErrors([_fault(fault, given) for fault in _causes(error)]) from error
    return checked_release(complete)


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"), parse_float=Decimal, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise _malformed(f"byte {error.start} is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise _malformed(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise _malformed("objects lie too deep in each other") from error
    except (ValueError, InvalidOperation) as error:
        raise _malformed("a number has more digits than can be read") from error


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise _malformed(f"the field {repeated!r} stands twice in one object")
    return fields


def _malformed(reason: str) -> DomainErrors:
    return DomainErrors([DomainError("RELEASE_FILE_MALFORMED", f"the release file is not JSON: {reason}")])


def _describe(assets: Sequence[Asset | AssetFile], folder: Path | None) -> tuple[Asset, ...]:
    """Every asset in full; files are decoded side by side, because that takes a while."""
    faults: list[DomainError] = []

    def describe(place: int, asset: Asset | AssetFile) -> Asset | None:
        try:
            return asset if isinstance(asset, Asset) else _describe_file(asset, folder)
        except DomainError as error:
            faults.append(DomainError(error.code, error.message, ("assets", place, "file")))
            return None

    with ThreadPoolExecutor() as threads:
        described = list(threads.map(describe, range(len(assets)), assets))
    if faults:
        raise DomainErrors(sorted(faults, key=lambda fault: str(fault.path)))
    return tuple(asset for asset in described if asset is not None)


def _describe_file(asset: AssetFile, folder: Path | None) -> Asset:
    if folder is None:
        raise DomainError("ASSET_FOLDER_MISSING", f"name the folder in which {asset.file} lies")
    path = (folder / asset.file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise DomainError("FILE_OUTSIDE_FOLDER", f"{asset.file} does not lie in the folder of assets")
    return describe_file(path, asset.kind, id=asset.id)


def _causes(error: ValidationError) -> list[Mapping[str, Any]]:
    """What is wrong, without what is wrong only because of it: a list is too short when its only entry is refused."""
    faults = error.errors(include_url=False)
    places = [fault["loc"] for fault in faults]
    return [
        fault
        for fault in faults
        if not any(len(place) > len(fault["loc"]) and place[: len(fault["loc"])] == fault["loc"] for place in places)
    ]


def _fault(fault: Mapping[str, Any], given: Any) -> DomainError:
    path = _path(fault["loc"])
    if fault["type"] == "missing":
        return DomainError("FIELD_MISSING", "this field is needed", path)
    if fault["type"] == "extra_forbidden":
        return DomainError("FIELD_UNKNOWN", _unknown(path, given), path)
    return DomainError("VALUE_INVALID", str(fault["msg"]).removeprefix("Value error, "), path)


def _path(location: ErrorPath) -> ErrorPath:
    """Where in the file: without the form of an asset, which is not written there."""
    if location[:1] == ("assets",) and len(location) > 2 and location[2] in {_IN_FULL, _BY_FILE}:
        return (*location[:2], *location[3:])
    return location


def _unknown(path: ErrorPath, given: Any) -> str:
    known = _fields_at(path[:-1], given)
    near = difflib.get_close_matches(str(path[-1]), known, n=1)
    return f"there is no such field; did you mean {near[0]!r}?" if near else "there is no such field"


def _fields_at(path: ErrorPath, given: Any) -> list[str]:
    """The fields that may stand in the object at a path."""
    model: Any = ReleaseFile
    for step in path:
        given = given[step]
        model = _model_of(model, step, given)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _model_of(model: Any, step: str | int, given: Any) -> Any:
    if isinstance(step, int) or model is None:
        return AssetFile if model is Asset and _asset_form(given) == _BY_FILE else model
    field = model.model_fields.get(step)
    return None if field is None else _model_in(field.annotation)


def _model_in(annotation: Any) -> Any:
    """The first model that an annotation such as `tuple[Party, ...]` or `Rights | None` speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    parts = getattr(annotation, "__args__", ())
    return next((model for part in parts if (model := _model_in(part)) is not None), None)
