"""What a target says about a receiver that takes a whole package in one request."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from distro_plugins.http_api.settings import HttpConnectionSettings

FieldName = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,100}$")]
FieldValue = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00-\x1f\x7f]*$")]
JsonPlace = Annotated[str, Field(max_length=200, pattern=r"^[^.\s]+(\.[^.\s]+)*$")]


class HttpMultipartSettings(HttpConnectionSettings):
    """Settings of a target that takes a package as `multipart/form-data` (RFC 7578).

    `address`: where the request is posted to; `message_field`, `file_field`: names of the parts that hold messages and
    all other files; `batch_field`: the field that holds the batch's id, None for none; `fields`: further fields with
    their values, none of them secret; `names`: what files are called, their whole path or its last part;
    `part_hash`: a header with the hash of each file in its part; `idempotency_header`: the header by which a repeated
    request is known; `reference_field`: where in the JSON answer the receiver's own id stands, as names with dots,
    None where it tells none; `files_field`: where in it stands a list of objects with `path` or `name` and any of
    `md5`, `sha1`, `sha256`.
    """

    message_field: FieldName = "message"
    file_field: FieldName = "files"
    batch_field: FieldName | None = "batch_id"
    fields: Annotated[dict[FieldName, FieldValue], Field(max_length=20, default_factory=dict)]
    names: Literal["path", "name"] = "path"
    part_hash: Literal["md5", "sha256"] | None = None
    idempotency_header: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,99}$")] = "Idempotency-Key"
    reference_field: JsonPlace | None = None
    files_field: JsonPlace | None = None

    @field_validator("idempotency_header")
    @classmethod
    def _header_is_free(cls, value: str) -> str:
        """The rule of other headers: none that frames a request."""
        return next(iter(cls._headers_are_free({value: "key"})))
