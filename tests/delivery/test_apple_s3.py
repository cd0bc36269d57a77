"""The example of Apple Music over S3: its bucket and region, on a storage of this machine (row APL-05)."""

from __future__ import annotations

from pathlib import Path

import boto3  # type: ignore[import-untyped]
import pytest
from pydantic import SecretStr

from distro_plugins.apple53.tables import genre_codes, territories
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.label import Label
from tests.itmsp_reader import read_package
from tests.object_servers import ACCESS_KEY, SECRET_KEY, moto

BUCKET = "apple-music-uploads"
REGION = "us-west-2"


@pytest.mark.proves("APL-05")
async def test_a_package_arrives_in_the_bucket_of_the_example(label: Label, tmp_path: Path) -> None:
    with moto(tmp_path) as server:
        storage = boto3.client(
            "s3",
            endpoint_url=server.url,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
        )
        storage.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        release = await label.release()
        target = await label.target(
            name="Apple Music",
            platform="apple-music",
            transport="s3",
            settings={
                "bucket": BUCKET,
                "region": REGION,
                "endpoint": server.url,
                "prefix": "deliveries",
                "access_key": ACCESS_KEY,
            },
            secrets={"secret_key": SecretStr(SECRET_KEY)},
            message_settings={"provider": "NorthernLights", "price_tier": 3},
        )

        delivery = await label.deliver([release.id], target.id)

        stored = storage.list_objects_v2(Bucket=BUCKET)["Contents"]
        package = tmp_path / f"{release.icpn}.itmsp"
        package.mkdir()
        for entry in stored:
            storage.download_file(BUCKET, entry["Key"], str(package / Path(entry["Key"]).name))
    assert delivery.status is Status.DISTRIBUTED
    folder = f"deliveries/{release.icpn}.itmsp"
    assert sorted(entry["Key"] for entry in stored) == [
        f"{folder}/{release.icpn}.jpg",
        f"{folder}/{release.icpn}_01_001.wav",
        f"{folder}/{release.icpn}_01_002.wav",
        f"{folder}/metadata.xml",
    ]
    assert read_package(package, genre_codes(), territories()).faults == []
