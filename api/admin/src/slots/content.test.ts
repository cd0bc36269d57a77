import { describe, expect, it } from "vitest";
import { factsOf, gridOf, shown } from "./content";

describe("what a plugin answers", () => {
  it("becomes a table from its first list, wherever that stands", () => {
    const answer = { owls: { calls: { nodes: [{ at: "x", loudness: 3 }, { at: "y", who: ["a", "b"] }], pageInfo: { hasNextPage: false } } } };

    expect(gridOf(answer)).toEqual({ columns: ["At", "Loudness", "Who"], rows: [["x", "3", "–"], ["y", "–", "a, b"]], omitted: 0 });
    expect(gridOf({ owls: { names: ["Uhu"] } })).toEqual({ columns: ["Value"], rows: [["Uhu"]], omitted: 0 });
    expect(gridOf({ owls: null })).toEqual({ columns: [], rows: [], omitted: 0 });
  });

  it("shows a long list in part and says so", () => {
    const { rows, omitted } = gridOf({ owls: Array.from({ length: 70 }, (_, place) => ({ place })) });
    expect([rows.length, omitted]).toEqual([50, 20]);
  });

  it("becomes fields from its first object with something to say", () => {
    expect(factsOf({ analytics: { report: { delivered: 3, successRate: "0.75", note: null } } })).toEqual([
      ["Delivered", "3"], ["Success rate", "0.75"], ["Note", "–"],
    ]);
    expect(factsOf({ analytics: null })).toEqual([["Analytics", "–"]]);
  });

  it("stays text, whatever it says", () => {
    expect(shown("<img src=x onerror=alert(1)>")).toBe("<img src=x onerror=alert(1)>");
    expect(shown(true)).toBe("Yes");
    expect(shown({ lastDay: "2026-01-31", calls: [1, 2] })).toBe("Last day: Jan 31, 2026, Calls: 1, 2");
    expect(shown("2026-13-45")).toBe("2026-13-45");
    expect(shown("x".repeat(600))).toHaveLength(501);
  });
});
