"""The JSON Schema of the release file, with a description of every field, for editors and for the documentation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from distro_core.messages.enrichment_fields import ENRICHMENT_FIELDS
from distro_core.messages.release_file import ReleaseFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"

FIELDS: Mapping[str, Mapping[str, str]] = {
    **ENRICHMENT_FIELDS,
    "ReleaseFile": {
        "$schema": "Where the JSON Schema of this file lies, for editors.",
        "release": "The release with its tracks.",
        "parties": "Every person and organisation that the release names by id.",
        "assets": "Every file that the release names by id: in full, or by the name of a file to describe.",
    },
    "Release": {
        "id": "Your own id of the release.",
        "title": "The title without its version.",
        "version": "What tells this release from others of the same title, such as `Deluxe Edition`.",
        "type": "What kind of product it is; `Video` holds videos only, `Mixed` both kinds of track.",
        "translations": "The title in other languages.",
        "status": "Where the release stands in its life; a message does not depend on it.",
        "display_artist": "The artist as the shop prints it.",
        "artists": "The artists in the order of billing.",
        "contributors": "Everybody who worked on all of its tracks.",
        "label_party_id": "The id of the party that is the label.",
        "icpn": "The barcode, UPC or EAN, with its check digit.",
        "grid": "The GRid, where there is one.",
        "catalog_number": "The label's own number of the release.",
        "language": "The language of titles and credits as a BCP 47 tag, such as `en` or `pt-BR`.",
        "genre": "The genre of the release; tracks may have their own.",
        "parental_warning": "Advice for the whole release; without it the strongest of its tracks holds.",
        "release_date": "The day on which it comes out, `YYYY-MM-DD`.",
        "original_release_date": "The day on which it first came out anywhere, where that was earlier.",
        "p_line": "The P-line: who holds the rights in the recordings, since when.",
        "c_line": "The C-line: who holds the rights in the product and its artwork, since when.",
        "territories": "Where the release may be used.",
        "rights": "The period of the rights and the price code.",
        "territory_groups": "Where given, they alone say where and when the release is offered.",
        "pre_order_date": "The first day of advance orders, `YYYY-MM-DD`.",
        "visibility": "From when the release is shown before its release date.",
        "components": "The releases of a box set.",
        "works": "Works of several parts, which make it a classical release.",
        "tracks": "The recordings in playing order, disc by disc.",
        "images": "The images; exactly one is the front cover.",
        "booklet_asset_id": "The id of the booklet, a PDF file that travels with the release.",
        "document_asset_ids": "Ids of further documents; they are not part of a message.",
        "enrichment": "What is told of the release beyond its message, by MEAD.",
        "extensions": "By the id of a plugin, the fields that it has added to releases.",
    },
    "Track": {
        "id": "Your own id of the track.",
        "revision": "How often the track was changed; a message does not depend on it.",
        "resource_type": "What the track is.",
        "title": "The title without its version.",
        "version": "Such as `Live` or `Night Version`.",
        "translations": "The title in other languages.",
        "disc_number": "The disc the track stands on, from 1.",
        "isrc": "The ISRC of the recording.",
        "iswc": "The ISWC of the work that is recorded.",
        "display_artist": "The artist as the shop prints it.",
        "artists": "The artists in the order of billing; without them, those of the release.",
        "contributors": "Everybody who worked on this track.",
        "genre": "The genre of the track where it differs from the release's.",
        "language": "The language in which it is sung, as a BCP 47 tag; messages tell none where it is not given.",
        "parental_warning": "Advice for parents.",
        "instrumental": "Whether nobody sings or speaks.",
        "preview": "The part that may be played as a preview.",
        "p_line": "The P-line where it differs from the release's.",
        "first_publication_date": "The day on which the recording was first published, `YYYY-MM-DD`.",
        "c_line": "The C-line of a video, where it differs from the release's.",
        "instant_gratification_date": "From when who has ordered the release in advance gets it, `YYYY-MM-DD`.",
        "audio_asset_id": "The id of the asset that is its recording.",
        "immersive": "Its immersive twin, with an ISRC and a file of its own.",
        "video_type": "What kind of video it is, where it is one.",
        "video_asset_id": "The id of the asset that is the video.",
        "screen_capture_asset_id": "The id of the image that stands for the video.",
        "cues": "What is heard in a long-form video.",
        "enrichment": "What is told of the track beyond the message, by MEAD.",
        "extensions": "By the id of a plugin, the fields that it has added to tracks.",
    },
    "Party": {
        "id": "Your own id of the party, by which the rest of the file names it.",
        "name": "The full name.",
        "name_indexed": "The name as it is sorted, such as `Beatles, The`.",
        "isni": "The ISNI, 16 characters.",
        "ipi": "The IPI name number, 9 to 11 digits.",
        "ipn": "The IPN of a performer.",
        "dpid": "The DDEX party id, `PADPIDA…`.",
        "proprietary_ids": "What services call it.",
    },
    "ProprietaryId": {
        "namespace": "Whose identifier it is: a DDEX party id, or a name such as `apple`.",
        "value": "The identifier.",
    },
    "TitleTranslation": {
        "language": "The language as a BCP 47 tag.",
        "title": "The title without its version.",
        "version": "The version in that language.",
    },
    "ImmersiveEdition": {
        "isrc": "Its own ISRC.",
        "audio_asset_id": "The id of the asset that is its recording.",
    },
    "Cue": {
        "title": "Its title.",
        "start_time": "Seconds from the beginning of the video.",
        "duration": "Seconds.",
        "isrc": "The ISRC of the recording.",
        "iswc": "The ISWC of the work.",
        "display_artist": "The artist as it is printed.",
        "p_line": "The P-line of the recording; without it, messages tell that of the video.",
        "c_line": "The C-line of the recording.",
    },
    "TerritoryGroup": {
        "territories": "Which territories; none of them is in another group.",
        "start_date": "The first day, `YYYY-MM-DD`.",
        "end_date": "The last day, where it ends.",
        "price_code": "The price code there, where it differs from that of the rights.",
    },
    "Visibility": {
        "display_start": "From when the release is shown at all, `YYYY-MM-DD`.",
        "cover_art_start": "From when with its cover; without it, with the rest.",
        "track_listing_start": "From when with its tracks; without it, with the rest.",
        "clip_start": "From when with previews; without it, with the rest.",
    },
    "ReleaseComponent": {
        "title": "Its title.",
        "icpn": "Its own barcode.",
        "grid": "Its own GRid.",
        "disc_numbers": "The discs of the box that it consists of, in playing order.",
    },
    "MusicalWork": {
        "title": "Its title.",
        "track_ids": "Its tracks, at least two that follow each other on one disc.",
        "opus_number": "Such as `Op. 67`.",
        "composer_catalog_number": "Such as `BWV 1007`.",
    },
    "Asset": {
        "id": "Your own id of the file, by which the rest of the release names it.",
        "kind": "What the file is.",
        "file_name": "The name its owner gave it; messages carry a name of their own.",
        "size": "Size in bytes.",
        "hashes": "The hashes of its bytes.",
        "audio": "Its technical data, where it is audio.",
        "image": "Its technical data, where it is an image.",
        "video": "Its technical data, where it is a video.",
        "uploaded_at": "When it was stored; a message does not depend on it.",
    },
    "AssetFile": {
        "id": "Your own id of the file, by which the rest of the release names it.",
        "kind": "What the file is.",
        "file": "Its path within the folder of assets, with `/`.",
    },
    "FileHashes": {
        "md5": "MD5, 32 lower-case hexadecimal digits.",
        "sha1": "SHA-1, 40 lower-case hexadecimal digits.",
        "sha256": "SHA-256, 64 lower-case hexadecimal digits.",
    },
    "AudioProperties": {
        "format": "The file's format.",
        "codec": "How the sound is coded: `PCM`, `FLAC` or `MP3`.",
        "lossless": "Whether nothing of the sound is lost.",
        "duration": "Seconds, exact.",
        "channels": "Number of channels.",
        "sample_rate": "Samples of each channel a second, Hz.",
        "bit_depth": "Bits of a sample, for lossless formats.",
        "bit_rate": "Average bit rate, kbit/s.",
        "registered_format": "The key of the plugin's format that read the file, such as `DolbyAtmos`.",
        "immersive": "Whether that format is immersive.",
    },
    "VideoProperties": {
        "format": "The file's container.",
        "video_codec": "How the picture is coded, such as `H264`.",
        "duration": "Seconds.",
        "width": "Pixels.",
        "height": "Pixels.",
        "frame_rate": "Pictures a second.",
        "bit_rate": "Average bit rate of the whole file, kbit/s.",
        "audio_codec": "How the sound is coded, such as `AAC`.",
        "channels": "Channels of the sound.",
        "sample_rate": "Samples of each channel of the sound a second, Hz.",
    },
    "ImageProperties": {
        "format": "The file's format.",
        "width": "Pixels.",
        "height": "Pixels.",
        "colour_mode": "How its colours are stored, such as `RGB`.",
        "resolution": "Dots per inch, where the file says so.",
    },
    "DisplayArtist": {
        "party_id": "The id of the party.",
        "role": "How the artist is shown.",
    },
    "Contributor": {
        "party_id": "The id of the party.",
        "roles": "All that the party did.",
        "instruments": "The instruments the party played.",
    },
    "RightsLine": {
        "year": "The year of the line.",
        "text": "The line as it is printed.",
        "company": "The company alone, where it is known.",
    },
    "Genre": {
        "name": "The genre's name.",
        "code": "Its code in Genre Truth, from which other dictionaries are reached.",
        "subgenre_name": "The subgenre's name.",
        "subgenre_code": "Its code in Genre Truth.",
    },
    "Preview": {
        "start_time": "Seconds from the beginning of the track.",
        "duration": "Seconds.",
    },
    "ReleaseImage": {
        "asset_id": "The id of the asset that is the image.",
        "type": "What the image shows.",
    },
    "Territories": {
        "included": "ISO 3166-1 alpha-2 codes, or `Worldwide` alone.",
        "excluded": "Codes of territories that are left out of `Worldwide`.",
    },
    "Rights": {
        "start_date": "The first day of the rights, `YYYY-MM-DD`.",
        "end_date": "The last day of the rights, where they end.",
        "price_code": "The price code that the label asks for, for the whole release.",
        "track_price_code": "The price code of each track where it is sold alone.",
    },
}

_ROWS = re.compile(r"\s*\(rows? [^)]*\)")


def release_file_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the release file."""
    schema = ReleaseFile.model_json_schema()
    definitions: dict[str, dict[str, Any]] = schema["$defs"]
    for name, definition in {"ReleaseFile": schema, **definitions}.items():
        definition["description"] = _first_sentence(definition.get("description", ""))
        for field, properties in definition.get("properties", {}).items():
            properties.pop("title", None)
            properties["description"] = FIELDS[name][field]
    return {"$schema": DIALECT, **schema}


def _first_sentence(text: str) -> str:
    """The first sentence of a docstring, without references to our feature table."""
    paragraph = " ".join(text.split("\n\n", maxsplit=1)[0].split())
    return _ROWS.sub("", paragraph).split(". ")[0].removesuffix(".") + "."
