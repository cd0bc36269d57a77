/** Files on their way to the server, at an address that an operation has told. */
import { here } from "../design/format";
import { RequestFailed } from "./client";

interface Refusal { errors?: { message: string; extensions?: { code?: string; requestId?: string } }[] }

/** Send a file; raises `RequestFailed` with what the server says. */
export async function sendFile(address: string, file: File): Promise<void> {
  let response: Response;
  try {
    response = await fetch(here(address), { method: "PUT", body: file });
  } catch {
    throw new RequestFailed("UNREACHABLE", "The file could not be sent. Check your connection and try again.");
  }
  if (response.ok) return;
  const [fault] = ((await response.json().catch(() => ({}))) as Refusal).errors ?? [];
  throw new RequestFailed(fault?.extensions?.code ?? "UNKNOWN", fault?.message ?? "The file was refused.", fault?.extensions?.requestId);
}
