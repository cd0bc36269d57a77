/** What is wrong with a plugin, in one word and one sentence. */
import type { PluginRowFragment } from "../generated/operations";
import { moment } from "./format";
import type { Tone } from "./status";

export interface Trouble { tone: Tone; word: string; text: string }
type State = Pick<PluginRowFragment, "enabled" | "fault" | "revoked" | "status" | "licenseState" | "restsUntil" | "needsRestart">;

export function trouble(plugin: State): Trouble | null {
  if (plugin.status === "unlicensed" && plugin.enabled) return { tone: "bad", word: "Licence", text: "Valid license required. It is not called until then." };
  if (plugin.fault) return { tone: "bad", word: "Problem", text: plugin.fault };
  if (plugin.revoked) return { tone: "bad", word: "Revoked", text: `Its registry does not trust it any more: ${plugin.revoked}. Uninstall it, or install another version.` };
  if (plugin.restsUntil) return { tone: "warn", word: "Rests", text: `It failed again and again, and is left alone until ${moment(plugin.restsUntil)}.` };
  if (plugin.enabled && plugin.licenseState === "grace") return { tone: "warn", word: "Licence ends", text: "Its licence has run out; for a while it goes on." };
  if (plugin.needsRestart) return { tone: "warn", word: "Restart", text: "Its new version takes effect once processes have begun anew." };
  return null;
}
