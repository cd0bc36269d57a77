"""Small schemas of our own in DDEX's layout: a message with one title, of an allowed kind."""

from __future__ import annotations

from pathlib import Path

ERN = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:avs="http://ddex.net/xml/allowed-value-sets"
  targetNamespace="http://ddex.net/xml/ern/{version}" elementFormDefault="unqualified">
  <xs:import namespace="http://ddex.net/xml/allowed-value-sets" schemaLocation="{values}"/>
  <xs:element name="NewReleaseMessage"><xs:complexType><xs:sequence>
    <xs:element name="Title" type="xs:string"/><xs:element name="Kind" type="avs:Kind"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""
VALUES = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
  targetNamespace="http://ddex.net/xml/allowed-value-sets">
  <xs:simpleType name="Kind"><xs:restriction base="xs:string">
    <xs:enumeration value="{kind}"/>
  </xs:restriction></xs:simpleType>
</xs:schema>"""
OFFICIAL_VALUES = "http://ddex.net/xml/allowed-value-sets/allowed-value-sets.xsd"


def message(kind: str, version: str = "43") -> bytes:
    """A message of the little schema."""
    namespace = f"http://ddex.net/xml/ern/{version}"
    return f'<e:NewReleaseMessage xmlns:e="{namespace}"><Title/><Kind>{kind}</Kind></e:NewReleaseMessage>'.encode()


def write_set(folder: Path, version: str = "43", *, kind: str = "Album", values: str = OFFICIAL_VALUES) -> Path:
    """A schema set in a folder, with its allowed values beside it; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "release-notification.xsd").write_text(ERN.format(version=version, values=values), "utf-8")
    (folder / values.rsplit("/", 1)[-1]).write_text(VALUES.format(kind=kind), "utf-8")
    return folder
