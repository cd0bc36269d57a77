import { describe, expect, it } from "vitest";
import { brandProperties, contrast, parse } from "./brand";

const PLAIN = { primaryColour: null, secondaryColour: null, logo: null, font: "system" } as const;

describe("a tenant's brand", () => {
  it("changes nothing that it leaves open", () => {
    expect(brandProperties(PLAIN, false)).toEqual({});
  });

  it.each(["#ffe600", "#0a7f5c", "#000000", "#ffffff", "#ff0000", "#777777"])("can be read in %s, in light and dark", (colour) => {
    for (const dark of [false, true]) {
      const shown = brandProperties({ ...PLAIN, primaryColour: colour, secondaryColour: colour }, dark);
      const ground = parse(dark ? "#22212d" : "#f0f0f5");

      expect(contrast(parse(shown["--accent-text"]!), ground)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(parse(shown["--on-accent"]!), parse(colour))).toBeGreaterThanOrEqual(4);
      // Under a pointer a button reads no worse.
      const [resting, pointed] = [colour, shown["--accent-hover"]!].map((each) => contrast(parse(shown["--on-accent"]!), parse(each)));
      expect(pointed).toBeGreaterThanOrEqual(Math.min(resting!, 4.5));
      expect(contrast(parse(shown["--rail-text"]!), parse(colour))).toBeGreaterThanOrEqual(4);
    }
  });

  it("uses letters that the machine has", () => {
    expect(brandProperties({ ...PLAIN, font: "serif" }, false)["--font"]).toContain("serif");
  });
});
