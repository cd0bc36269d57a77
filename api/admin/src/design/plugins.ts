/** What is wrong with a plugin, in one word and one sentence, and what to do. */
import type { PluginRowFragment, PluginFailure } from "../generated/operations";
import { moment } from "./format";
import type { Tone } from "./status";

export interface Trouble { tone: Tone; word: string; text: string; advice?: string }
type State = Pick<PluginRowFragment, "enabled" | "fault" | "failure" | "revoked" | "status" | "licenseState" | "restsUntil" | "needsRestart">;

const TO_PUBLISHER = "Tell its publisher, or install another version.";
const TO_OPERATOR = "Whoever operates the platform has to change it, and start the processes anew.";
const ADVICE: Record<PluginFailure, string> = {
  missing: "Install it again, or switch it off.",
  manifest: TO_PUBLISHER,
  requirements: "Install or upgrade what it needs, and it works at once; or uninstall it.",
  id_taken: "Uninstall one of the two.",
  key_taken: "Use one of the two, and switch the other off.",
  import: TO_PUBLISHER,
  contract: TO_PUBLISHER,
  settings: `What is set for it in DISTRO_PLUGINS is wrong. ${TO_OPERATOR}`,
  startup: "It is tried again when the processes start anew. If it fails again, tell its publisher.",
  migration: TO_PUBLISHER,
  downgrade: "Install the later version again.",
  revoked: "Uninstall it, or install another version.",
};

export function trouble(plugin: State): Trouble | null {
  if (plugin.status === "unlicensed" && plugin.enabled) return { tone: "bad", word: "Licence", text: "Valid license required. It is not called until then.", advice: "Enter a licence on its page, or switch it off." };
  if (plugin.fault) return { tone: "bad", word: "Problem", text: plugin.fault, advice: plugin.failure ? ADVICE[plugin.failure] : TO_PUBLISHER };
  if (plugin.revoked) return { tone: "bad", word: "Revoked", text: `Its registry does not trust it any more: ${plugin.revoked}.`, advice: ADVICE.revoked };
  if (plugin.restsUntil) return { tone: "warn", word: "Rests", text: `It failed again and again, and is left alone until ${moment(plugin.restsUntil)}.` };
  if (plugin.enabled && plugin.licenseState === "grace") return { tone: "warn", word: "Licence ends", text: "Its licence has run out; for a while it goes on." };
  if (plugin.needsRestart) return { tone: "warn", word: "Restart", text: "Its new version takes effect once processes have begun anew." };
  return null;
}
