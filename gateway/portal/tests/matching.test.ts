/** What the pages about matching, pools and placement cases work out by themselves. */
import { describe, expect, test } from "vitest";
import type { MatchReport, Pool } from "@/api/contract";
import { barsOf, gapsOf, monthsOf, points, termsOf, wishState } from "@/matching/figures";
import { outcomesIn } from "@/matching/outcomes";
import { asksForNothing, byKind, isDue, ruleOf, valuesOf, type PoolValues } from "@/pools/rules";

describe("figures of a report", () => {
  test("show points with one decimal", () => {
    expect([7350, 10000, 0, undefined, 6666].map(points)).toEqual(["73.5", "100.0", "0.0", "0.0", "66.7"]);
  });

  test("draw what weighs more longer, and fill what is earned of it", () => {
    expect(
      barsOf([
        { possibleHundredths: 4000, contributionHundredths: 2000 },
        { possibleHundredths: 1000, contributionHundredths: 1000 },
        {},
      ]),
    ).toEqual([
      { width: 100, filled: 50 },
      { width: 25, filled: 100 },
      { width: 0, filled: 0 },
    ]);
  });

  test("name gaps of must-haves first, then those that close hardest, then those that cost most", () => {
    const report: MatchReport = {
      requirements: [
        { requirement: { name: "met", must: true }, fit: "FIT_MET" },
        { requirement: { name: "soft, blocking" }, fit: "FIT_BLOCKING_GAP" },
        { requirement: { name: "must, cheap", must: true }, fit: "FIT_TRAINABLE_GAP", possibleHundredths: 100 },
        { requirement: { name: "must, dear", must: true }, fit: "FIT_TRAINABLE_GAP", possibleHundredths: 900 },
        { requirement: { name: "must, unknown", must: true }, fit: "FIT_UNKNOWN" },
      ],
    };
    expect(gapsOf(report).map(({ requirement }) => requirement?.name)).toEqual([
      "must, unknown",
      "must, dear",
      "must, cheap",
      "soft, blocking",
    ]);
  });

  test("round months up and leave them out when nobody can say", () => {
    expect([{ tenthMonths: 21 }, { tenthMonths: 20 }, {}].map(monthsOf)).toEqual([3, 2, 0]);
  });

  test("tell a wish that is refused from one the post says nothing of", () => {
    expect([{ granted: true, offered: "a" }, { offered: "b" }, {}].map(wishState)).toEqual([
      "granted",
      "refused",
      "ask",
    ]);
  });

  test("take the arithmetic apart term by term", () => {
    expect(termsOf("100 × (沟通 30 × 2/3 + 细心 20 × 1) ÷ 50 = 80.00")).toEqual({
      terms: ["沟通 30 × 2/3", "细心 20 × 1"],
      whole: "50",
      result: "80.00",
    });
    expect(termsOf("something else").terms).toEqual([]);
  });
});

test("an address asks only for outcomes there are", () => {
  expect(outcomesIn(["not_now", "never", "suitable"])).toEqual(["suitable", "not_now"]);
});

describe("a pool's rule", () => {
  const pool: Pool = {
    name: "Communicators",
    kind: "POOL_KIND_RESERVE",
    reviewMonths: 6,
    rule: { skills: [{ skillId: "talk", level: 3 }], reviewPercent: 94, growth: 3, learnsFast: true, unitId: "u" },
  };

  test("comes back from the form as it was", () => {
    expect(ruleOf(valuesOf(pool))).toEqual(pool.rule);
    expect(valuesOf(pool).review).toBeCloseTo(4.7);
  });

  test("is none when members are picked by hand", () => {
    expect(ruleOf(valuesOf({ name: "By hand" }))).toBeUndefined();
  });

  test("that asks for nothing is noticed, half-filled lines included", () => {
    const empty: PoolValues = { ...valuesOf({ name: "x" }), by: "rule", skills: [{ level: 3 }] };
    expect(asksForNothing(empty)).toBe(true);
    expect(asksForNothing({ ...empty, growth: 2 })).toBe(false);
    expect(asksForNothing({ ...empty, by: "hand" })).toBe(false);
  });

  test("puts every kind on the board, also those without pools", () => {
    const board = byKind([pool]);
    expect(board).toHaveLength(4);
    expect(board.find(({ kind }) => kind === "POOL_KIND_RESERVE")?.pools).toEqual([pool]);
  });

  test("calls for a look from the day on, while somebody is in", () => {
    expect(isDue({ reviewOn: "2026-05-01" }, "2026-05-01")).toBe(true);
    expect(isDue({ reviewOn: "2026-05-02" }, "2026-05-01")).toBe(false);
    expect(isDue({ reviewOn: "2026-04-01", until: "2026-04-02T00:00:00Z" }, "2026-05-01")).toBe(false);
    expect(isDue({}, "2026-05-01")).toBe(false);
  });
});
