/** How far a submission of a plugin has come, for people. */
import type { PluginSubmissionStatus } from "../generated/operations";
import type { Tone } from "./status";

export const SUBMISSION_TONES: Record<PluginSubmissionStatus, Tone> = {
  draft: "idle", submitted: "info", in_review: "info", approved: "good", listed: "good", rejected: "bad", withdrawn: "idle", yanked: "warn",
};
const WITHDRAWABLE = new Set<PluginSubmissionStatus>(["draft", "submitted", "in_review"]);
export const canWithdraw = (status: PluginSubmissionStatus): boolean => WITHDRAWABLE.has(status);

export const SUBMISSION_SAYS: Record<PluginSubmissionStatus, string> = {
  draft: "Announced. Its wheel has not arrived yet.",
  submitted: "The automatic checks have passed. It waits for its review.",
  in_review: "Somebody looks at it.",
  approved: "Approved. It is being listed.",
  listed: "Listed in the marketplace: it can be installed.",
  rejected: "Rejected. Mend what is said below and submit it again.",
  withdrawn: "You have taken it back.",
  yanked: "Taken back: it stays where it is installed, and is installed no more.",
};
