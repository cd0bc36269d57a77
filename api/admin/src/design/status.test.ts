import { describe, expect, it } from "vitest";
import type { DeliveryStatus } from "../generated/operations";
import { stepsOf } from "./status";

const states = (status: DeliveryStatus, ...history: DeliveryStatus[]) => stepsOf(status, history).map((step) => step.state).join(" ");

describe("the way of a delivery", () => {
  it("goes from step to step", () => {
    expect(states("queued")).toBe("now open open open");
    expect(states("uploading")).toBe("done now open open");
    expect(states("distributed")).toBe("done done done open");
    expect(states("processing_by_platform")).toBe("done done done now");
    expect(states("live")).toBe("done done done done");
    expect(states("removed")).toBe("done done done done");
  });

  it("shows where it stopped", () => {
    expect(states("failed", "queued", "preparing", "validating")).toBe("bad open open open");
    expect(states("failed", "preparing", "uploading")).toBe("done bad open open");
    expect(states("rejected", "uploading", "distributed")).toBe("done done done bad");
    expect(states("needs_attention", "preparing")).toBe("bad open open open");
    expect(states("cancelled", "uploading")).toBe("open open open open");
  });
});
