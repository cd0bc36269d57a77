/** In which tone a status is shown. */
import type { DeliveryStatus, ReleaseStatus } from "../generated/operations";

export type Tone = "good" | "bad" | "warn" | "info" | "idle";

const DELIVERY: Record<DeliveryStatus, Tone> = {
  created: "idle", scheduled: "idle", queued: "idle", cancelled: "idle", removed: "idle",
  preparing: "info", validating: "info", uploading: "info", updating: "info",
  distributed: "info", processing_by_platform: "info", takedown_requested: "info",
  live: "good", updated: "good", retrying: "warn", needs_attention: "bad", failed: "bad", rejected: "bad",
};
const RELEASE: Record<ReleaseStatus, Tone> = {
  draft: "idle", ready: "info", delivered: "good", taken_down: "warn", archived: "idle",
};
const MOVING = new Set<DeliveryStatus>(["preparing", "validating", "uploading", "updating", "retrying", "processing_by_platform"]);
const CANCELLABLE = new Set<DeliveryStatus>(["created", "scheduled", "queued", "preparing", "validating", "uploading", "retrying"]);
const RETRIABLE = new Set<DeliveryStatus>(["failed", "rejected"]);

const WAY = ["Prepare", "Send", "Arrive", "Live"];
const SENT = new Set<DeliveryStatus>(["uploading", "updating"]);
const REACHED: Partial<Record<DeliveryStatus, number>> = {
  created: 0, scheduled: 0, queued: 0, preparing: 0, validating: 0, uploading: 1, updating: 1, retrying: 1,
  takedown_requested: 1, distributed: 3, processing_by_platform: 3, live: 4, updated: 4, removed: 4,
};
export interface Step { name: string; state: "done" | "now" | "bad" | "open" }

/** The steps of a delivery. `history`: the statuses that it had, which tell where it stopped. */
export function stepsOf(status: DeliveryStatus, history: DeliveryStatus[]): Step[] {
  const reached = REACHED[status];
  const stopped = status === "rejected" ? 3 : history.some((each) => SENT.has(each)) ? 1 : 0;
  const current = reached ?? (status === "cancelled" ? -1 : stopped);
  const here: Step["state"] = reached === undefined ? "bad" : status === "distributed" ? "open" : "now";
  return WAY.map((name, place) => ({ name, state: place < current ? "done" : place === current ? here : "open" }));
}

export const deliveryTone = (status: DeliveryStatus): Tone => DELIVERY[status];
export const releaseTone = (status: ReleaseStatus): Tone => RELEASE[status];
export const isMoving = (status: DeliveryStatus): boolean => MOVING.has(status);
export const canCancel = (status: DeliveryStatus): boolean => CANCELLABLE.has(status);
export const canRetry = (status: DeliveryStatus): boolean => RETRIABLE.has(status);
export const DELIVERY_STATUSES = Object.keys(DELIVERY) as DeliveryStatus[];
export const RELEASE_STATUSES = Object.keys(RELEASE) as ReleaseStatus[];
