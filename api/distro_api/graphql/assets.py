"""Assets: the files of the catalogue. They are uploaded and downloaded over HTTP, never inside a GraphQL body."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

import strawberry
from strawberry import UNSET

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, loaded, mutation, query
from distro_api.graphql.ids import local_id
from distro_api.graphql.nodes import Node, node_id
from distro_api.graphql.scalars import Bytes
from distro_api.links import download_url, upload_url
from distro_core.assets.documents import AssetDocument
from distro_core.assets.names import sanitise_file_name
from distro_core.assets.service import AssetService, size_limit
from distro_core.identity.permissions import Permission
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import AssetKind, AudioFormat, ImageFormat, VideoFormat


@strawberry.type(description="Hashes of a file's bytes, lower-case hexadecimal.")
class FileHashes:
    """Hashes of a file's bytes."""

    md5: str = strawberry.field(description="MD5.")
    sha1: str = strawberry.field(description="SHA-1.")
    sha256: str = strawberry.field(description="SHA-256.")


@strawberry.type(description="What an audio file truly is, from a full decode.")
class AudioProperties:
    """What an audio file truly is."""

    format: AudioFormat = strawberry.field(description="File format.")
    codec: str = strawberry.field(description="Codec.")
    lossless: bool = strawberry.field(description="Whether nothing was lost in coding.")
    duration: Decimal = strawberry.field(description="Seconds.")
    channels: int = strawberry.field(description="Number of channels.")
    sample_rate: int = strawberry.field(description="Hz.")
    bit_depth: int | None = strawberry.field(description="Bits per sample, for lossless formats.")
    bit_rate: int | None = strawberry.field(description="kbit/s of the encoded stream.")
    registered_format: str | None = strawberry.field(
        description="Key of the plugin's format that read the file, such as `DolbyAtmos`; `format` is its container."
    )
    immersive: bool = strawberry.field(description="Whether a plugin's format says that its sound is immersive.")


@strawberry.type(description="What an image truly is.")
class ImageProperties:
    """What an image truly is."""

    format: ImageFormat = strawberry.field(description="File format.")
    width: int = strawberry.field(description="Pixels.")
    height: int = strawberry.field(description="Pixels.")
    colour_mode: str = strawberry.field(description="Colour mode, such as `RGB`.")
    resolution: int | None = strawberry.field(description="Dots per inch, where the file says.")


@strawberry.type(description="What a video file truly is.")
class VideoProperties:
    """What a video file truly is."""

    format: VideoFormat = strawberry.field(description="File format.")
    video_codec: str = strawberry.field(description="Codec of the picture.")
    duration: Decimal = strawberry.field(description="Seconds.")
    width: int = strawberry.field(description="Pixels.")
    height: int = strawberry.field(description="Pixels.")
    frame_rate: Decimal | None = strawberry.field(description="Frames a second.")
    bit_rate: int | None = strawberry.field(description="kbit/s of the whole file.")
    audio_codec: str | None = strawberry.field(description="Codec of the sound.")
    channels: int | None = strawberry.field(description="Channels of the sound.")
    sample_rate: int | None = strawberry.field(description="Hz of the sound.")


def _download_url(root: strawberry.Parent[AssetDocument], info: Info) -> str:
    return download_url(info.context, root)


@strawberry.type(description="A stored file, described by what is in it.")
class Asset(Node):
    """A stored file."""

    model: ClassVar[type] = AssetDocument

    id: strawberry.ID = node_id()
    kind: AssetKind = strawberry.field(description="What it is used for.")
    file_name: str = strawberry.field(description="As its owner called it; for people only.")
    size: Bytes = strawberry.field(description="Bytes.")
    hashes: FileHashes = strawberry.field(description="Hashes, computed while the file was received.")
    audio: AudioProperties | None = strawberry.field(description="Technical data of audio.")
    image: ImageProperties | None = strawberry.field(description="Technical data of an image.")
    video: VideoProperties | None = strawberry.field(description="Technical data of a video.")
    uploaded_at: datetime | None = strawberry.field(description="When it was received.")

    download_url: str = loaded(
        _download_url, "Where the file can be fetched with GET for a quarter of an hour, without further proof."
    )


@strawberry.type(description="Where a file is to be sent.")
class Upload:
    """Where a file is to be sent."""

    url: str = strawberry.field(
        description="Send the file's bytes here as the body of one PUT; also `curl -T FILE URL`."
    )
    expires_at: datetime = strawberry.field(description="Until when the upload may begin.")
    max_size: Bytes = strawberry.field(description="The largest file that is accepted, bytes.")


@strawberry.input(description="A file that is about to be uploaded.")
class UploadCreateInput:
    """A file that is about to be uploaded."""

    kind: AssetKind = strawberry.field(description="What it will be used for; the content must fit.")
    file_name: str = strawberry.field(description="As you call it, with its extension; the content must fit.")
    size: Bytes | None = strawberry.field(
        default=UNSET, description="Its size where known, so that one that is too large is refused at once."
    )


@strawberry.type(description="What uploadCreate answers.")
class UploadCreatePayload(Payload):
    """What uploadCreate answers."""

    upload: Upload | None = strawberry.field(default=None, description="Where to send the file.")


@strawberry.input(description="Which asset to delete.")
class AssetDeleteInput:
    """Which asset to delete."""

    id: strawberry.ID = strawberry.field(description="The asset.")


@strawberry.type(description="What assetDelete answers.")
class AssetDeletePayload(Payload):
    """What assetDelete answers."""

    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The id of what was deleted.")


@strawberry.type
class AssetQueries:
    """Fields of Query."""

    @query(Permission.CATALOGUE_READ, "One asset.", returns=Asset)
    @staticmethod
    async def asset(
        info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The asset.")]
    ) -> AssetDocument:
        """One asset."""
        return await AssetService(await info.context.scope()).get(local_id("Asset", id))

    @query(Permission.CATALOGUE_READ, "Assets, the newest first.", returns=Connection[Asset])
    @staticmethod
    async def assets(
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        kind: Annotated[AssetKind | None, strawberry.argument(description="Only assets of this kind.")] = None,
    ) -> Connection[AssetDocument]:
        """Assets, the newest first."""
        service = AssetService(await info.context.scope())
        return connection(await service.page(kind=kind, first=first, after=after))


@strawberry.type
class AssetMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.CATALOGUE_WRITE,
        UploadCreatePayload,
        "Ask where to send a file. The PUT answers with the asset, or with the faults that were found in the file.",
    )
    @staticmethod
    async def upload_create(info: Info, input: UploadCreateInput) -> UploadCreatePayload:
        """Ask where to send a file."""
        limit = size_limit(info.context.state.platform.settings, input.kind)
        if isinstance(input.size, int) and input.size > limit:
            message = f"the file has {input.size} bytes, at most {limit} are accepted"
            raise DomainError("FILE_TOO_LARGE", message, ("size",))
        url, expires_at = upload_url(info.context, input.kind, sanitise_file_name(input.file_name))
        return UploadCreatePayload(upload=Upload(url=url, expires_at=expires_at, max_size=Bytes(limit)))

    @mutation(Permission.CATALOGUE_WRITE, AssetDeletePayload, "Delete an asset that no release uses.")
    @staticmethod
    async def asset_delete(info: Info, input: AssetDeleteInput) -> AssetDeletePayload:
        """Delete an asset."""
        await AssetService(await info.context.scope()).delete(local_id("Asset", input.id, ("id",)))
        return AssetDeletePayload(deleted_id=input.id)
