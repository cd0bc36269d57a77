"""An open session with a bucket: safe for several files at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from distro_plugins.s3.etags import ETag, Recorded, base64_md5, composite
from distro_plugins.s3.failures import MISSING_KEYS, error_code
from distro_plugins.s3.multipart import MultipartUpload, PartProof
from distro_plugins.s3.requests import S3Requests
from distro_plugins.s3.settings import S3Settings
from distro_sdk.errors import TransportError
from distro_sdk.network_failures import raised
from distro_sdk.object_storage.failures import HASH_WRONG, REMOTE_FAILURE
from distro_sdk.object_storage.keys import folder_key, object_key
from distro_sdk.object_storage.parts import Budget, Part, ReadPart, plan_parts, send_parts
from distro_sdk.object_storage.recorded import recorded_md5s
from distro_sdk.transports import FileSource, Progress, RemoteFile, hash_of, labels_of

MOST_PAGES = 100
"""Pages of a thousand objects that a folder may have; a server that repeats itself would list for ever."""

MOST_REMEMBERED = 1000
"""Files in parts whose recorded hashes a session remembers; sessions rest in a pool between deliveries."""


class S3Session:
    """Objects below the prefix of a target."""

    def __init__(self, client: Any, settings: S3Settings) -> None:
        self._requests = S3Requests(client, settings)
        self._prefix = settings.prefix
        self._writing = _writing_parameters(settings)
        self._budget = Budget()
        self._proof = PartProof()
        self._recorded: dict[str, Recorded] = {}

    async def greet(self) -> None:
        """Prove that the bucket is there and lets us in."""
        await self._requests.make("list_objects_v2", "list the bucket", Prefix=folder_key(self._prefix, ""), MaxKeys=1)

    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        """Write an object; one of more than 8 MB goes in parts, of which an earlier attempt's are kept.

        The labels of the source become metadata of the object (row PRO-03). The storage compares each part with its
        MD5, and its ETag is compared with ours: the recorded one where the source has it, else that of what is
        read. Raises `TransportError`, among others with PERMISSION_DENIED, REMOTE_HASH_WRONG, CONNECTION_LOST or
        RATE_LIMITED.
        """
        key = object_key(self._prefix, path)
        parts = plan_parts(source.size)
        writing = {**self._writing, "Metadata": dict(labels_of(source))}
        if len(parts) > 1:
            upload = MultipartUpload(self._requests, key, f"write {path}", writing=writing, proof=self._proof)
            await upload.send(source, parts, self._budget, progress)
            self._remember(key, source, parts)
            return

        async def send(read: ReadPart) -> None:
            answer = await self._requests.upload(
                "put_object", f"write {path}", read, Key=key, ContentMD5=base64_md5(read.md5), **writing
            )
            if ETag.of(answer).differs(read.md5.hex()):
                raise raised(HASH_WRONG, f"{path} has another hash at the storage than the file that was sent")

        recorded = recorded_md5s(source, parts)
        await send_parts(source, parts, send, budget=self._budget, progress=progress, recorded=recorded)

    async def stat(self, path: str) -> RemoteFile | None:
        """The object of that path, or None where there is none."""
        head = await self._head(path)
        return None if head is None else _remote_file(path, head["ContentLength"], head)

    async def list(self, folder: str) -> Sequence[RemoteFile]:
        """The objects directly in a folder, without those in folders below it."""
        prefix = folder_key(self._prefix, folder)
        doing = f"list {folder or 'the prefix'}"
        found: list[RemoteFile] = []
        more: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            page = await self._requests.make("list_objects_v2", doing, Prefix=prefix, Delimiter="/", **more)
            for entry in page.get("Contents", ()):
                name = entry["Key"].removeprefix(prefix)
                if name:
                    found.append(_remote_file(f"{folder}/{name}" if folder else name, entry["Size"], entry))
            if not page.get("IsTruncated"):
                return tuple(sorted(found, key=lambda file: file.path))
            more = {"ContinuationToken": page["NextContinuationToken"]}
        raise raised(REMOTE_FAILURE, f"cannot {doing}: it has more than {MOST_PAGES} pages of objects")

    async def read(self, path: str, *, max_size: int) -> bytes:
        """The content of an object of at most `max_size` bytes; REMOTE_FILE_MISSING, REMOTE_FILE_TOO_LARGE."""
        return await self._requests.download(object_key(self._prefix, path), f"read {path}", max_size)

    async def delete(self, path: str) -> None:
        """Remove an object; no error where it is gone already."""
        await self._requests.make("delete_object", f"delete {path}", Key=object_key(self._prefix, path))

    async def remote_hash(self, path: str, algorithm: str) -> str | None:
        """The MD5 of an object that is not encrypted with a key of KMS.

        Of one that came in one part it is the ETag. Of one that this session sent in parts it is the recorded MD5 of
        the file, as long as the ETag proves that the object is made of parts with its recorded hashes.
        """
        if algorithm != "md5":
            return None
        head = await self._head(path)
        if head is None:
            return None
        etag, recorded = ETag.of(head), self._recorded.get(object_key(self._prefix, path))
        return recorded.md5 if recorded is not None and recorded.proved_by(etag) else etag.md5

    def _remember(self, key: str, source: FileSource, parts: Sequence[Part]) -> None:
        """Keep what was recorded of a file, the newest files only."""
        md5s, whole = recorded_md5s(source, parts), hash_of(source, "md5")
        self._recorded.pop(key, None)
        if md5s and whole is not None:
            self._recorded[key] = Recorded(composite(md5s), whole.lower())
        while len(self._recorded) > MOST_REMEMBERED:
            del self._recorded[next(iter(self._recorded))]

    async def _head(self, path: str) -> dict[str, Any] | None:
        try:
            return await self._requests.make("head_object", f"look at {path}", Key=object_key(self._prefix, path))
        except TransportError as error:
            if error_code(error.__cause__) in MISSING_KEYS:
                return None
            raise


def _remote_file(path: str, size: int, answer: dict[str, Any]) -> RemoteFile:
    return RemoteFile(path=path, size=size, modified_at=answer.get("LastModified"))


def _writing_parameters(settings: S3Settings) -> dict[str, str]:
    """What a target asks for each object that is written."""
    asked = {
        "StorageClass": settings.storage_class,
        "ServerSideEncryption": settings.encryption,
        "SSEKMSKeyId": settings.kms_key_id,
    }
    return {name: value for name, value in asked.items() if value is not None}
