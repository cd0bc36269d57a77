import { describe, expect, it } from "vitest";
import { trouble } from "./plugins";

const WELL = {
  enabled: true, fault: null, failure: null, revoked: null, status: "enabled", licenseState: "not_needed", restsUntil: null, needsRestart: false,
} as const;

describe("what is wrong with a plugin", () => {
  it("is nothing where all is well, or where nobody has it switched on", () => {
    expect(trouble(WELL)).toBeNull();
    expect(trouble({ ...WELL, enabled: false, status: "unlicensed", licenseState: "missing" })).toBeNull();
  });

  it("is said with the worst first", () => {
    expect(trouble({ ...WELL, status: "unlicensed", fault: "it has no licence" })).toMatchObject({ tone: "bad", word: "Licence" });
    expect(trouble({ ...WELL, fault: "requirements not met", restsUntil: "2026-01-01T00:00:00Z" })).toMatchObject({ tone: "bad", text: "requirements not met" });
    expect(trouble({ ...WELL, revoked: "stolen key" })).toMatchObject({ tone: "bad", word: "Revoked" });
    expect(trouble({ ...WELL, restsUntil: "2026-01-01T00:00:00Z" })).toMatchObject({ tone: "warn", word: "Rests" });
    expect(trouble({ ...WELL, licenseState: "grace" })).toMatchObject({ tone: "warn", word: "Licence ends" });
    expect(trouble({ ...WELL, needsRestart: true })).toMatchObject({ tone: "warn", word: "Restart" });
  });

  it("comes with what to do, by the kind of fault", () => {
    expect(trouble({ ...WELL, fault: "it needs plugin stems, which is not installed", failure: "requirements" })?.advice).toContain("Install or upgrade what it needs");
    expect(trouble({ ...WELL, fault: "nowhere is no network", failure: "settings" })?.advice).toContain("DISTRO_PLUGINS");
    expect(trouble({ ...WELL, status: "unlicensed" })?.advice).toContain("Enter a licence");
    expect(trouble({ ...WELL, needsRestart: true })?.advice).toBeUndefined();
  });
});
