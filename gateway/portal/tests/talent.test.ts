/** What the pages about talent work out by themselves. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { familyOf } from "@/talent/families";
import type { Entry, JobDemands, Skill } from "@/api/contract";
import { answerTo } from "@/growth/contests";
import { skillGroups, validityOf } from "@/growth/entries";
import { columnsOf, importedKinds, templateOf } from "@/growth/entriesFile";
import { commandsOf } from "@/growth/rights";
import { differences, disputes, merged, toHundred, unsavable, weighing } from "@/jobs/demands";
import { formOf, mergedForm, skillDisputes, wordsOf } from "@/skills/words";

describe("weights", () => {
  test("say what is missing and who gave no reason", () => {
    expect(weighing([{ weight: 70, reason: "most of the work" }, { weight: 20 }])).toEqual({
      sum: 90,
      missing: 10,
      unexplained: 1,
    });
  });

  test.each([
    [[70, 20]],
    [[1, 1, 1]],
    [[0, 0, 0]],
    [[100, 100, 1]],
    [[3]],
    [Array.from({ length: 40 }, (_unused, index) => index)],
  ])("scaled become whole, at least one each and a hundred together: %j", (weights) => {
    const scaled = toHundred(weights);
    expect(scaled.reduce((sum, weight) => sum + weight, 0)).toBe(100);
    expect(scaled.every((weight) => Number.isInteger(weight) && weight >= 1)).toBe(true);
  });

  test("keep their order when scaled", () => {
    const [most = 0, some = 0, least = 0] = toHundred([80, 30, 10]);
    expect(most).toBeGreaterThan(some);
    expect(some).toBeGreaterThan(least);
  });

  test("of nothing stay nothing", () => {
    expect(toHundred([])).toEqual([]);
  });
});

const before: JobDemands = {
  purpose: "Audits suppliers",
  shift: "SHIFT_OFFICE",
  requirements: [
    { requirementId: "1", skillId: "audit", level: 3, must: true, weight: 70, reason: "the work itself" },
    { requirementId: "2", skillId: "talk", level: 3, must: true, weight: 30, name: "Communication" },
  ],
  conditions: [{ certificate: "Internal auditor" }],
};
const [audit = {}, talk = {}] = before.requirements ?? [];

describe("versions of a job profile", () => {
  test("with other ids and names say the same", () => {
    const copy: JobDemands = {
      ...before,
      requirements: [
        { ...audit, requirementId: "9" },
        { ...talk, requirementId: "8", name: "" },
      ],
    };
    expect(differences(before, copy)).toEqual([]);
  });

  test("differ by what was added, removed and changed", () => {
    const after: JobDemands = {
      ...before,
      purpose: "",
      requirements: [
        { ...audit, weight: 60 },
        { skillId: "entry", level: 2, weight: 40 },
      ],
    };
    expect(
      differences(before, after).map(({ key, before: was, after: is }) => [key, Boolean(was), Boolean(is)]),
    ).toEqual([
      ["purpose", true, true],
      ["skill:audit", true, true],
      ["skill:entry", false, true],
      ["skill:talk", true, false],
    ]);
  });

  test("take six months where nothing is said", () => {
    expect(differences({ trainingMonths: 6 }, {})).toEqual([]);
  });
});

describe("two people write one draft", () => {
  const theirs: JobDemands = { ...before, shift: "SHIFT_DAY", requirements: [{ ...audit, weight: 60 }, talk] };
  const mine: JobDemands = { ...before, place: "Suzhou", requirements: [{ ...audit, weight: 50 }, talk] };

  test("what both changed is in dispute, what only they changed is news", () => {
    expect(disputes(before, theirs, mine).map(({ key, touched }) => [key, touched])).toEqual([
      ["shift", false],
      ["skill:audit", true],
    ]);
  });

  test("each keeps what only they changed, and the choice decides the rest", () => {
    const kept = merged(before, theirs, mine, new Set(["skill:audit"]));
    expect([kept.shift, kept.place, kept.requirements?.[0]?.weight]).toEqual(["SHIFT_DAY", "Suzhou", 50]);
    expect(merged(before, theirs, mine, new Set()).requirements?.[0]?.weight).toBe(60);
  });

  test("what one removed and the other left alone is gone", () => {
    const without: JobDemands = { ...before, requirements: [audit] };
    expect(merged(before, without, before, new Set()).requirements).toEqual([audit]);
    expect(merged(before, before, without, new Set()).requirements).toEqual([audit]);
  });
});

test("a draft with a requirement without weight or level is not sent", () => {
  expect(unsavable(before)).toBe(false);
  expect(unsavable({ requirements: [{ ...audit, weight: 0 }] })).toBe(true);
  expect(unsavable({ requirements: [{ ...audit, level: 0 }] })).toBe(true);
  expect(unsavable({ conditions: [{ certificate: " " }] })).toBe(true);
});

describe("a skill map", () => {
  const skills = new Map<string, Skill>([
    ["care", { skillId: "care", kind: "SKILL_KIND_ATTITUDE" }],
    ["entry", { skillId: "entry", kind: "SKILL_KIND_SKILL" }],
    ["excel", { skillId: "excel", kind: "SKILL_KIND_SKILL" }],
  ]);
  const said = (skillId: string, level: number, more: Partial<Entry> = {}): Entry => ({
    kind: "ENTRY_KIND_SKILL",
    skillId,
    level,
    ...more,
  });

  test("groups by kind, the strongest first, unknown ones last", () => {
    const groups = skillGroups([said("excel", 2), said("new", 5), said("care", 4), said("entry", 3)], skills);
    expect(groups.map(({ kind, skills: held }) => [kind, held.map(({ skillId }) => skillId)])).toEqual([
      ["SKILL_KIND_SKILL", ["entry", "excel"]],
      ["SKILL_KIND_ATTITUDE", ["care"]],
      ["SKILL_KIND_UNSPECIFIED", ["new"]],
    ]);
  });

  test("puts what was verified or said by more trusted people first, however high others go", () => {
    const [group] = skillGroups(
      [
        said("entry", 5, { source: "ENTRY_SOURCE_SELF" }),
        said("entry", 3, { source: "ENTRY_SOURCE_MANAGER" }),
        said("entry", 2, { source: "ENTRY_SOURCE_SELF", verifiedBy: "hr" }),
      ],
      skills,
    );
    expect(group?.skills[0]?.entries.map(({ level }) => level)).toEqual([2, 3, 5]);
  });
});

describe("what may be done with an entry", () => {
  const nobody = {
    myId: "me",
    mine: false,
    records: false,
    rates: false,
    ends: false,
    verifies: false,
    answers: false,
    contests: false,
  };
  const person = { ...nobody, mine: true, records: true, ends: true, contests: true };
  const hr = { ...nobody, records: true, ends: true, verifies: true, answers: true };
  const rated: Entry = { kind: "ENTRY_KIND_SKILL", source: "ENTRY_SOURCE_MANAGER", recordedBy: "boss" };
  const own: Entry = { kind: "ENTRY_KIND_SKILL", source: "ENTRY_SOURCE_SELF", recordedBy: "me" };

  test("people contest what others say of them and end what they said themselves", () => {
    expect(commandsOf(rated, person)).toEqual(["contest", "renew"]);
    expect(commandsOf(own, person)).toEqual(["renew", "end"]);
  });

  test("HR answers what is contested before anything is verified", () => {
    expect(commandsOf({ ...rated, contested: "no" }, hr)).toEqual(["answer", "renew"]);
    expect(commandsOf(rated, hr)).toEqual(["verify", "renew"]);
    expect(commandsOf({ ...rated, verifiedBy: "hr" }, hr)).toEqual(["renew"]);
  });

  test("what waits for an answer is not contested twice, and what ended is left alone", () => {
    expect(commandsOf({ ...rated, contested: "no" }, person)).toEqual(["renew"]);
    expect(commandsOf({ ...rated, endedAt: "2026-01-01T00:00:00Z" }, hr)).toEqual([]);
  });

  test("who contested something is answered though it has ended, and nothing else is done with it", () => {
    const ended: Entry = { ...rated, contested: "no", endedAt: "2026-01-01T00:00:00Z" };
    expect(commandsOf(ended, hr)).toEqual(["answer"]);
    expect(commandsOf(ended, person)).toEqual([]);
    expect(commandsOf({ ...ended, contestAnswer: "checked" }, hr)).toEqual([]);
  });

  test("an objection leads to the entry with its answer open", () => {
    expect(answerTo({ employeeId: "p1", entry: { entryId: "e1" } })).toBe("/people/p1/growth?do=answer&entry=e1");
  });
});

test("a certificate counts on its last day and warns before it", () => {
  const of = (validTo: string) => validityOf({ validTo }, "2026-03-31", "2026-05-30");
  expect(["", "2026-03-30", "2026-03-31", "2026-05-31"].map(of)).toEqual(["open", "over", "ending", "valid"]);
});

test("every template has one example for each of its columns, in both languages", () => {
  for (const kind of importedKinds)
    for (const language of ["zh-CN", "en"] as const) {
      const [heads = "", example = ""] = templateOf(kind, language).slice(1).split("\r\n");
      expect(heads.split(",")).toHaveLength(columnsOf[kind].length);
      expect(example.split(",")).toHaveLength(columnsOf[kind].length);
    }
});

test("the service takes every column of the templates", () => {
  const taken = readFileSync("../../services/talent/importing/columns.py", "utf8");
  const names = Object.values(columnsOf).flatMap((columns) =>
    columns.flatMap((column) => [column["zh-CN"], column.en]),
  );
  expect(names.filter((name) => !taken.includes(`"${name}"`))).toEqual([]);
});

describe("a skill in a form", () => {
  const skill: Skill = {
    kind: "SKILL_KIND_SKILL",
    name: "沟通",
    nameEn: "Communication",
    levels: [{ level: 2, words: "能说清楚", wordsEn: "Says it clearly" }],
    relations: [{ kind: "SKILL_RELATION_KIND_BROADER", skillId: "x", closeness: 0, name: "别的" }],
    tenthMonthsPerLevel: 15,
  };

  test("goes back as it came", () => {
    expect(wordsOf(formOf(skill))).toMatchObject({
      name: "沟通",
      levels: [{ level: 2, words: "能说清楚", wordsEn: "Says it clearly" }],
      relations: [{ kind: "SKILL_RELATION_KIND_BROADER", skillId: "x", closeness: 0 }],
      tenthMonthsPerLevel: 15,
    });
  });

  test("changed by two keeps both changes and asks where they meet", () => {
    const was = formOf(skill);
    const theirs = { ...was, name: "交流", months: 2 };
    const mine = { ...was, name: "表达", nameEn: "Speaking" };
    expect(skillDisputes(was, theirs, mine).map(({ field, touched }) => [field, touched])).toEqual([
      ["name", true],
      ["months", false],
    ]);
    expect(mergedForm(was, theirs, mine, new Set(["name"]))).toMatchObject({
      name: "表达",
      nameEn: "Speaking",
      months: 2,
    });
  });
});

test("a job family typed by its name is kept by its code, a company's own as it was written", () => {
  const nameOf = (family: string) => (family === "quality" ? "质量" : family);
  expect(["质量", "Quality", " 质量 ", "模具 "].map((word) => familyOf(word, nameOf))).toEqual([
    "quality",
    "quality",
    "quality",
    "模具",
  ]);
});
