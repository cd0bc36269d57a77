import { describe, expect, it } from "vitest";
import { trouble } from "./plugins";

const sound = { enabled: true, fault: null, revoked: null, status: "enabled", licenseState: "not_needed", restsUntil: null, needsRestart: false } as const;

describe("what is wrong with a plugin", () => {
  it("is nothing where nothing is", () => expect(trouble(sound)).toBeNull());

  it("names why its registry does not trust it any more, though it is on", () => {
    const found = trouble({ ...sound, revoked: "version 1.0.0 was revoked: a stolen key" });
    expect(found).toMatchObject({ tone: "bad", word: "Revoked" });
    expect(found?.text).toContain("a stolen key");
  });

  it("names a fault before anything else", () => expect(trouble({ ...sound, fault: "It is gone.", revoked: "stolen" })?.word).toBe("Problem"));
});
