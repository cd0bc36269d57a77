/** One GraphQL operation over HTTP. Nothing else in the page speaks to the API, besides the live connection. */
import type { TypedDocumentString } from "../generated/operations";
import { accessToken, renew } from "./session";

export const ENDPOINT = "/graphql";
const STALE = new Set(["UNAUTHENTICATED", "TOKEN_EXPIRED", "TOKEN_INVALID"]);

/** What the API refused as a whole, or that it could not be reached. `code`: stable; `requestId`: for the operator's log. */
export class RequestFailed extends Error {
  constructor(readonly code: string, message: string, readonly requestId = "") {
    super(message);
  }
}

interface Answer<R> {
  data?: R | null;
  errors?: { message: string; extensions?: { code?: string; requestId?: string } }[];
}

/** Run an operation; a token that has run out is renewed once. */
export async function run<R, V>(document: TypedDocumentString<R, V>, variables: V): Promise<R> {
  try {
    return await send(document, variables, accessToken());
  } catch (error) {
    if (!(error instanceof RequestFailed) || !STALE.has(error.code)) throw error;
    return await send(document, variables, await renew());
  }
}

/** Run an operation with that token, or as nobody. */
export async function send<R, V>(document: TypedDocumentString<R, V>, variables: V, token: string | null): Promise<R> {
  const headers: Record<string, string> = { "content-type": "application/json", accept: "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  let answer: Answer<R>;
  try {
    const body = JSON.stringify({ query: document.toString(), variables });
    const response = await fetch(ENDPOINT, { method: "POST", headers, body, credentials: "same-origin" });
    answer = (await response.json()) as Answer<R>;
  } catch {
    throw new RequestFailed("UNREACHABLE", "The API cannot be reached. Check your connection and try again.");
  }
  const [fault] = answer.errors ?? [];
  if (fault) {
    throw new RequestFailed(fault.extensions?.code ?? "UNKNOWN", fault.message, fault.extensions?.requestId);
  }
  return answer.data as R;
}
