/** What the page about fairness works out by itself. */
import { describe, expect, test } from "vitest";
import type { FairnessGroup } from "@/api/contract";
import { askedFor, bestOf, drawn, fourFifths, isBackwards, standingOf, yearBefore } from "@/fairness/figures";

const asked = (search: string) => {
  const params = new URLSearchParams(search);
  return askedFor((name) => params.get(name) ?? "");
};

const best: FairnessGroup = {
  name: "办公室",
  candidates: 10,
  selected: 8,
  ratioHundredths: 100,
  ratioLowHundredths: 100,
  ratioHighHundredths: 100,
};

describe("the address", () => {
  test("says how to group and which days count", () => {
    expect(asked("by=unit&from=2026-01-01&until=2026-06-30")).toEqual({
      by: "unit",
      fromOn: "2026-01-01",
      untilOn: "2026-06-30",
    });
  });

  test("asks for tenure and the last year when it says nothing that can be asked", () => {
    expect(asked("by=sex&from=yesterday")).toEqual({ by: "tenure", fromOn: "", untilOn: "" });
  });

  test("may name a time that ends before it begins, today being the end when none is named", () => {
    const backwards = (search: string) => isBackwards(asked(search), "2026-06-15");
    expect(backwards("from=2026-02-02&until=2026-02-01")).toBe(true);
    expect(backwards("from=2026-02-01&until=2026-02-01")).toBe(false);
    expect(backwards("from=2026-06-16")).toBe(true);
    expect(backwards("until=1999-01-01")).toBe(false);
  });

  test("goes a year back from the last day", () => {
    expect(yearBefore(asked("until=2026-06-30"))).toBe("2025-06-30");
    expect(yearBefore(asked(""), "2026-06-15")).toBe("2025-06-15");
  });
});

describe("a group", () => {
  test("that the others are compared with is the one without an interval", () => {
    const equal = { ...best, name: "车间", ratioLowHundredths: 58, ratioHighHundredths: 172 };
    expect(bestOf([equal, best])).toBe(best);
    expect(bestOf([])).toBeUndefined();
  });

  test("below four fifths may be so by chance, unless its whole interval is below", () => {
    const low = { candidates: 10, selected: 2, ratioHundredths: 25, ratioLowHundredths: 7 };
    expect(standingOf({ ...low, ratioHighHundredths: 90 }, best)).toBe("unsure");
    expect(standingOf({ ...low, ratioHighHundredths: 79 }, best)).toBe("clear");
  });

  test("is below by its counts, however the ratio is rounded", () => {
    // 7/11 ÷ 8/10 = 79.5 %, shown as 80 %; 16/25 ÷ 8/10 is four fifths and not below.
    const shown = { ratioHundredths: 80, ratioLowHundredths: 44, ratioHighHundredths: 142 };
    expect(standingOf({ ...shown, candidates: 11, selected: 7 }, best)).toBe("unsure");
    expect(standingOf({ ...shown, candidates: 25, selected: 16 }, best)).toBe("alike");
  });

  test("of few people is nothing to conclude from, were it the best or the worst", () => {
    expect(standingOf({ candidates: 4, ratioHighHundredths: 60, small: true }, best)).toBe("small");
    const few = { ...best, candidates: 1, selected: 1, small: true };
    expect(standingOf(few, few)).toBe("small");
  });

  test("is like the others where nobody was selected at all", () => {
    const none = { ...best, selected: 0 };
    expect(standingOf({ candidates: 20, ratioHundredths: 100, ratioHighHundredths: 900 }, none)).toBe("alike");
  });
});

describe("the bar", () => {
  test("ends at one and a half times the best rate, and says when the interval does not", () => {
    expect(fourFifths).toBeCloseTo(53.33, 2);
    expect(drawn({ ratioHundredths: 75, ratioLowHundredths: 30, ratioHighHundredths: 120 })).toEqual({
      from: 20,
      width: 60,
      at: 50,
      beyond: false,
    });
    expect(drawn({ ratioHundredths: 90, ratioLowHundredths: 15, ratioHighHundredths: 4000 })).toEqual({
      from: 10,
      width: 90,
      at: 60,
      beyond: true,
    });
  });

  test("of nobody selected begins at nothing", () => {
    expect(drawn({})).toEqual({ from: 0, width: 0, at: 0, beyond: false });
  });
});
