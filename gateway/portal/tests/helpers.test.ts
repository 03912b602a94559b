import i18next from "i18next";
import { beforeAll, describe, expect, test } from "vitest";
import { addressOf } from "@/api/address";
import { rightsOf } from "@/api/me";
import { assign, missing, targetsOf } from "@/imports/mapping";
import { paceOf } from "@/imports/pace";
import { csvOf, problemLines } from "@/imports/problemsFile";
import { openFor, treeOf, visible } from "@/organization/tree";
import { pathOf } from "@/organization/unitPath";
import { changesOf, disputes } from "@/people/merge";
import { addDays, daysBetween, isDay, outside, sayDay, sayDuration, sayMonths } from "@/ui/days";
import { initials } from "@/ui/naming";
import { isMasked, sayMoney } from "@/ui/numbers";

beforeAll(async () => {
  await i18next.init({ lng: "en", resources: {} });
});

describe("a request becomes an address", () => {
  test("named parts go into the path and do not come twice", () => {
    expect(addressOf("POST", "/v1/employees/{employeeId}:transfer", { employeeId: "a/b", version: 3 })).toEqual({
      url: "/v1/employees/a%2Fb:transfer",
      body: { version: 3 },
    });
  });

  test("a query leaves defaults out and repeats lists", () => {
    expect(
      addressOf("GET", "/v1/employees", {
        query: "",
        unitId: "u",
        statuses: ["A", "B"],
        pageSize: 50,
        withTotal: false,
      }).url,
    ).toBe("/v1/employees?unitId=u&statuses=A&statuses=B&pageSize=50");
  });
});

describe("rights", () => {
  const rights = rightsOf(
    [
      { permission: "read", scope: { kind: "SCOPE_KIND_SELF" } },
      { permission: "move", scope: { kind: "SCOPE_KIND_UNIT", unitId: "qa" } },
      { permission: "see", scope: { kind: "SCOPE_KIND_REPORTS" } },
    ],
    "me",
  );

  test("over oneself is not over others", () => {
    expect(rights.over("read", "me", [])).toBe(true);
    expect(rights.over("read", "other", [])).toBe(false);
    expect(rights.overOthers("read")).toBe(false);
  });

  test("over a unit reaches those below it and nobody else", () => {
    expect(rights.over("move", "other", ["qa-1", "qa", "root"])).toBe(true);
    expect(rights.over("move", "other", ["pr", "root"])).toBe(false);
  });

  test("over reports never means oneself", () => {
    expect(rights.over("see", "me", [])).toBe(false);
    expect(rights.over("see", "other", [])).toBe(true);
  });
});

describe("days", () => {
  test("outside their bounds are told by the side they lie on; the bounds themselves are within", () => {
    expect(outside("2026-03-30", "2026-03-31", undefined)).toBe("early");
    expect(outside("2026-03-31", "2026-03-31", "2026-03-31")).toBeUndefined();
    expect(outside("2026-04-01", undefined, "2026-03-31")).toBe("late");
    expect(outside(undefined, "2026-03-31", "2026-03-31")).toBeUndefined();
  });

  test("are counted without time zones or clock changes", () => {
    expect(addDays("2026-03-28", 2)).toBe("2026-03-30");
    expect(daysBetween("2024-02-28", "2024-03-01")).toBe(2);
  });

  test("near today are said in words, far ones as written", () => {
    expect(sayDay("2026-04-03", "2026-03-31")).toBe("in 3 days");
    expect(sayDay("2026-05-03", "2026-03-31")).toBe("2026-05-03");
  });

  test("only real ones are taken from an address", () => {
    expect(isDay("2026-03-31")).toBe(true);
    expect(isDay("2026-13-31")).toBe(false);
    expect(isDay("yesterday")).toBe(false);
  });

  test("durations show their two largest parts", () => {
    expect(sayDuration(3723)).toBe("1 hr 2 min");
    expect(sayDuration(0)).toBe("0 sec");
  });

  test("in posts are said in years and months", () => {
    expect([sayMonths(164), sayMonths(24), sayMonths(7), sayMonths(0)]).toEqual([
      "13 yrs 8 mths",
      "2 yrs",
      "7 mths",
      "0 mths",
    ]);
  });
});

describe("values", () => {
  test("money keeps every digit and stays masked when it came so", () => {
    expect(sayMoney({ amount: "123456789012345.1234", currency: "CNY" })).toBe("123,456,789,012,345.1234 CNY");
    expect(sayMoney({ amount: "******", currency: "CNY" })).toBe("****** CNY");
    expect(isMasked("1990-**-**")).toBe(true);
    expect(isMasked("3*4")).toBe(false);
  });

  test("initials are the given name in Chinese and first letters in Latin", () => {
    expect(initials("王小明")).toBe("小明");
    expect(initials("First von Last")).toBe("FL");
    expect(initials("Li")).toBe("LI");
  });
});

describe("two people change one record", () => {
  const before = { name: "李四", workMail: "a@x", mobile: "138****0001" };

  test("what only one of them changed is no dispute of the other's fields", () => {
    expect(disputes(before, { ...before, workMail: "b@x" }, { name: "李思" })).toEqual([
      { field: "workMail", before: "a@x", theirs: "b@x", mine: undefined },
    ]);
  });

  test("both wanting the same is no dispute", () => {
    expect(disputes(before, { ...before, workMail: "b@x" }, { workMail: "b@x" })).toEqual([]);
  });

  test("only what differs is sent", () => {
    expect(changesOf(before, { name: "李四", workMail: " c@x " }, ["name", "workMail"])).toEqual({ workMail: "c@x" });
  });
});

describe("a mapping", () => {
  test("gives each target to one column", () => {
    const targets = targetsOf({ columns: [{ field: "number" }, { column: 1, field: "name" }] });
    expect(assign(targets, 2, "name")).toEqual({ 0: "number", 2: "name" });
    expect(assign(targets, 1, "")).toEqual({ 0: "number" });
  });

  test("lacks what is required; first and last name make the name", () => {
    const known = [{ field: "name", required: true }, { field: "hired_on", required: true }, { field: "mobile" }];
    expect(missing({ 0: "first_name", 1: "last_name" }, known).map(({ field }) => field)).toEqual(["hired_on"]);
  });
});

describe("progress", () => {
  test("says nothing about the end before anything is done", () => {
    expect(paceOf(0, 100, 0, 5000).left).toBeUndefined();
  });

  test("goes by what was done so far", () => {
    expect(paceOf(25, 100, 0, 5000)).toEqual({ share: 0.25, perSecond: 5, left: 15 });
  });
});

test("a problem file never holds a formula", () => {
  expect(csvOf(["row"], problemLines([{ row: 2, value: '=HYPERLINK("x")' }]))).toContain(`"'=HYPERLINK(""x"")"`);
});

describe("the tree of units", () => {
  const units = [
    { unitId: "r", name: "Root" },
    { unitId: "q", parentId: "r", name: "Quality" },
    { unitId: "q1", parentId: "q", name: "Lab" },
    { unitId: "s", parentId: "r", name: "Sales" },
  ];

  test("shows what is open, from the top down", () => {
    expect(visible(treeOf(units), new Set(["r"])).map(({ unit }) => unit.unitId)).toEqual(["r", "q", "s"]);
  });

  test("opens the way to what is searched for", () => {
    expect([...openFor(treeOf(units), "lab").open].sort()).toEqual(["q", "r"]);
  });

  test("a path ends at the top even when the tree has a mistake in it", () => {
    expect(pathOf(units, "q1")).toEqual(["q1", "q", "r"]);
    expect(
      pathOf(
        [
          { unitId: "a", parentId: "b" },
          { unitId: "b", parentId: "a" },
        ],
        "a",
      ),
    ).toEqual(["a", "b"]);
  });
});
