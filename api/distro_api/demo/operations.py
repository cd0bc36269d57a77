"""The GraphQL operations of the demonstration, as a frontend would write them."""

from __future__ import annotations

SIGN_IN = """
mutation ($input: AuthSignInInput!) {
  authSignIn(input: $input) { session { accessToken } errors { code message path } }
}"""

CREATE_TARGET = """
mutation ($input: TargetCreateInput!) {
  targetCreate(input: $input) { target { id name } errors { code message path } }
}"""

CREATE_UPLOAD = """
mutation ($input: UploadCreateInput!) {
  uploadCreate(input: $input) { upload { url } errors { code message path } }
}"""

CREATE_IMPORT = """
mutation ($input: ImportCreateInput!) {
  importCreate(input: $input) { import { id } errors { code message path } }
}"""

READ_IMPORT = """
query ($id: ID!) {
  import(id: $id) {
    status statusDetails totalRows failed totalReleases readyReleases
    rows(first: 200, statuses: [failed]) { nodes { number issues { code message column } } }
  }
}"""

LIST_RELEASES = """
query {
  releases(first: 50) { nodes { id title version status revision tracks { id title } } }
}"""

DELIVER = """
mutation ($input: DeliveryCreateInput!) {
  deliveryCreate(input: $input) { deliveries { id subtype } errors { code message path } }
}"""

READ_DELIVERY = """
query ($id: ID!) {
  delivery(id: $id) {
    id subtype status statusDetails messageId batchId createdAt completedAt
    release { title }
    receipt { id totalFiles totalBytes schemaJudge }
    error { code message action }
    validation { errors { code message path } }
  }
}"""

CHANGE_RELEASE = """
mutation ($input: ReleaseUpdateInput!) {
  releaseUpdate(input: $input) { release { id title } errors { code message path } }
}"""

TAKE_DOWN = """
mutation ($input: ReleaseTakeDownInput!) {
  releaseTakeDown(input: $input) { release { id status } errors { code message path } }
}"""
