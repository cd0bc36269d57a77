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

export const deliveryTone = (status: DeliveryStatus): Tone => DELIVERY[status];
export const releaseTone = (status: ReleaseStatus): Tone => RELEASE[status];
export const isMoving = (status: DeliveryStatus): boolean => MOVING.has(status);
export const canCancel = (status: DeliveryStatus): boolean => CANCELLABLE.has(status);
export const canRetry = (status: DeliveryStatus): boolean => RETRIABLE.has(status);
export const DELIVERY_STATUSES = Object.keys(DELIVERY) as DeliveryStatus[];
export const RELEASE_STATUSES = Object.keys(RELEASE) as ReleaseStatus[];
