"""What a target says about its HTTP receiver."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from distro_sdk.certificates import CertificateText
from distro_sdk.http_targets.settings import BasicUsername, HttpAddress, HttpTarget
from distro_sdk.network_settings import StallTimeout, Timeout

_HEADER_NAME = re.compile(r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")
_HEADER_VALUE = re.compile(r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$")
_CREDENTIAL = re.compile(r"^[\x21-\x7e]+$")
_OWN_HEADERS = frozenset(
    {
        "accept-encoding",
        "authorization",
        "connection",
        "content-digest",
        "content-encoding",
        "content-length",
        "content-md5",
        "content-type",
        "cookie",
        "destination",
        "expect",
        "host",
        "keep-alive",
        "overwrite",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that frame a request, or that this transport sets itself."""

_NEEDED = {
    "none": (),
    "bearer": ("token",),
    "basic": ("username", "password"),
    "oauth2": ("token_address", "client_id", "client_secret"),
}
_OPTIONAL = {"oauth2": ("scope", "audience")}


class HttpConnectionSettings(HttpTarget):
    """What every HTTP target says of its receiver (row PRO-05).

    `address`: where files go; `allow_plain`: lets addresses be `http://`, where all travels readable;
    `authentication`: `bearer` needs `token`, `basic` needs `username` and `password`, `oauth2` (client credentials,
    RFC 6749 section 4.4) needs `token_address`, `client_id` and `client_secret` and takes `scope` and `audience`;
    `client_authentication`: where the client's secret goes when a token is asked for; `headers`: sent with each
    request, none of them secret; `ca_certificates`: PEM text of the authorities to trust instead of this machine's;
    `timeout`: seconds that connecting may take; `stall_timeout`: seconds without any byte or answer after which a
    request is given up.
    """

    authentication: Literal["none", "bearer", "basic", "oauth2"]
    token: SecretStr | None = None
    username: BasicUsername | None = None
    password: SecretStr | None = None
    token_address: HttpAddress | None = None
    client_id: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[\x20-\x7e]+$")] | None = None
    client_secret: SecretStr | None = None
    client_authentication: Literal["basic", "body"] = "basic"
    scope: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[\x20-\x7e]+$")] | None = None
    audience: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[\x20-\x7e]+$")] | None = None
    headers: Annotated[dict[str, Annotated[str, Field(max_length=1000)]], Field(max_length=20)] = Field(default={})
    ca_certificates: CertificateText | None = None
    timeout: Timeout = 30
    stall_timeout: StallTimeout = 120

    def destinations(self) -> Mapping[str, str | None]:
        """The addresses that are connected to, by setting."""
        return {"address": self.address, "token_address": self.token_address}

    @field_validator("password", "client_secret")
    @classmethod
    def _secret_is_one_line(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not (value.get_secret_value() and value.get_secret_value().isprintable()):
            raise ValueError("must be one line and not empty")
        return value

    @field_validator("token")
    @classmethod
    def _token_is_one_word(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _CREDENTIAL.match(value.get_secret_value()):
            raise ValueError("must be one word of visible ASCII")
        return value

    @field_validator("headers")
    @classmethod
    def _headers_are_free(cls, value: dict[str, str]) -> dict[str, str]:
        for name, content in value.items():
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(content):
                raise ValueError("must be names and one-line values of visible ASCII")
            if name.lower() in _OWN_HEADERS:
                raise ValueError(f"{name} is set by the transport itself")
        return value

    @model_validator(mode="after")
    def _authentication_is_complete(self) -> Self:
        needed = _NEEDED[self.authentication]
        allowed = (*needed, *_OPTIONAL.get(self.authentication, ()))
        for name in dict.fromkeys((*sum(_NEEDED.values(), ()), *_OPTIONAL["oauth2"])):
            given = getattr(self, name) is not None
            if name in needed and not given:
                raise ValueError(f"the authentication '{self.authentication}' needs {name}")
            if given and name not in allowed:
                raise ValueError(f"{name} does not belong to the authentication '{self.authentication}'")
        return self


class HttpSettings(HttpConnectionSettings):
    """Settings of a target that takes each file with a PUT.

    `checksum`: hash that is computed before a file is sent and goes along with it; `etag_is_md5`: the receiver's ETags
    are MD5 hashes of whole files; `publish`: `move` sends to a temporary name and renames with WebDAV's MOVE, for
    receivers that show files while they are written.
    """

    checksum: Literal["md5", "sha256"] | None = None
    etag_is_md5: bool = False
    publish: Literal["put", "move"] = "put"
