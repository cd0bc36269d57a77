/** Names for people of what the API names by keys: platforms, transports, choreographies, formats and steps. */
import type { TitlesFragment } from "../generated/operations";
import { words } from "./format";

export interface Titles {
  platform: (key: string) => string;
  transport: (key: string) => string;
  choreography: (key: string) => string;
}

const CAPITALS = new Set(["api", "ddex", "dsr", "ern", "ftp", "http", "mead", "pie", "put", "s3", "sftp"]);
const PROTOCOL_STEP = /^(.+)_(connect|upload|complete)$/;

/** A key in words, abbreviations in capitals: `http-put` becomes “HTTP PUT”, `local-folder` “Local folder”. */
export function spelt(key: string): string {
  return words(key).split(" ").map((word) => (CAPITALS.has(word.toLowerCase()) ? word.toUpperCase() : word)).join(" ");
}

/** What keys mean, by what the API tells. One of a plugin that is switched off is spelt out. */
export function titlesOf(told: TitlesFragment | null | undefined): Titles {
  const lookUp = (named: [string, string][] = []): ((key: string) => string) => {
    const found = new Map(named);
    return (key) => found.get(key) || spelt(key);
  };
  return {
    platform: lookUp(told?.platforms.map(({ key, name }) => [key, name])),
    transport: lookUp(told?.transports.map(({ key, title }) => [key, title])),
    choreography: lookUp(told?.choreographies.map(({ key, title }) => [key, title])),
  };
}

/** A message format: `ern/4.3` becomes “ERN 4.3”. */
export function formatTitle(format: string): string {
  const [name, ...version] = format.split("/");
  return [spelt(name ?? ""), ...version].join(" ");
}

/** A step of a delivery: `local_folder_upload` becomes “Local folder: upload”, `receipt_generation` “Receipt generation”. */
export function stepTitle(step: string): string {
  const [, protocol, deed] = PROTOCOL_STEP.exec(step) ?? [];
  return protocol && deed ? `${spelt(protocol)}: ${deed}` : spelt(step);
}
