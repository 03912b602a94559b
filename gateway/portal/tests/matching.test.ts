/** What the pages about matching, pools and placement cases work out by themselves. */
import { describe, expect, test } from "vitest";
import type { Case, MatchReport, Pool } from "@/api/contract";
import { barsOf, gapsOf, points, termsOf, unassessed, wishState } from "@/matching/figures";
import { outcomesIn } from "@/matching/outcomes";
import { fieldsChanged, stepsSince } from "@/placements/changes";
import { decisionOf } from "@/placements/deciding";
import {
  awaited,
  bytesOf,
  hiddenIn,
  heard,
  outstanding,
  possibleMilestones,
  progressOf,
  taskTo,
  turnOf,
} from "@/placements/steps";
import { monthsOf } from "@/talent/months";
import {
  asksForNothing,
  byKind,
  isDue,
  mergedWords,
  poolDisputes,
  ruleOf,
  valuesOf,
  wordsOf,
  type PoolValues,
} from "@/pools/rules";

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

  test("say months as the service's sentences do, and leave them out when nobody can say", () => {
    expect([21, 20, undefined].map(monthsOf)).toEqual([2.1, 2, 0]);
  });

  test("count what nobody has assessed, where the outcome stands without it", () => {
    const requirements: MatchReport["requirements"] = [
      { fit: "FIT_MET" },
      { fit: "FIT_UNKNOWN" },
      { fit: "FIT_UNKNOWN" },
    ];
    expect(unassessed({ outcome: "OUTCOME_SUITABLE", requirements })).toBe(2);
    expect(unassessed({ outcome: "OUTCOME_PROBATION", requirements })).toBe(2);
    expect(unassessed({ outcome: "OUTCOME_ASSESS_FIRST", requirements })).toBe(0);
    expect(unassessed({ outcome: "OUTCOME_SUITABLE" })).toBe(0);
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

  test("meets what others saved meanwhile field by field, and keeps what nobody disputes", () => {
    const before = wordsOf(valuesOf(pool));
    const now = { ...before, name: "Theirs", reviewMonths: 12 };
    const mine = { ...before, name: "Mine", nameEn: "Mine too" };
    expect(poolDisputes(before, now, mine)).toEqual(["name", "reviewMonths"]);
    expect(mergedWords(before, now, mine, new Set(["name"]))).toEqual({ ...now, name: "Mine", nameEn: "Mine too" });
    // A field this form left alone is never set back, even if it were asked for.
    expect(mergedWords(before, now, mine, new Set(["reviewMonths"]))).toEqual({ ...now, nameEn: "Mine too" });
    expect(poolDisputes(before, { ...now, name: "Mine" }, mine)).toEqual(["reviewMonths"]);
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

describe("what a case needs next", () => {
  const run = ["MatchCase", "AskForOpinions", "AddParticipant", "WithdrawCase"];

  test("is the report, then somebody to ask, then their opinions", () => {
    expect(turnOf({ state: "CASE_STATE_OPEN", may: run }, "hr")).toBe("MatchCase");
    const matched: Case = { state: "CASE_STATE_MATCHED", may: run, participants: [{ role: "CASE_ROLE_DECIDER" }] };
    expect(turnOf(matched, "hr")).toBe("AddParticipant");
    expect(turnOf({ ...matched, participants: [{ role: "CASE_ROLE_POST_MANAGER" }] }, "hr")).toBe("AskForOpinions");
    expect(turnOf({ ...matched, outdated: true }, "hr")).toBe("MatchCase");
  });

  test("goes without a report where the candidate refused one", () => {
    expect(turnOf({ state: "CASE_STATE_OPEN", may: ["AskForOpinions"] }, "hr")).toBe("AskForOpinions");
  });

  const asked: Case = {
    state: "CASE_STATE_OPINIONS",
    participants: [
      { employeeId: "boss", role: "CASE_ROLE_POST_MANAGER", opinionDueOn: "2026-05-01" },
      { employeeId: "chief", role: "CASE_ROLE_DECIDER" },
    ],
  };

  test("is the opinion of whoever is asked, and nobody else's", () => {
    expect(outstanding(asked)).toEqual(["boss"]);
    expect(turnOf({ ...asked, may: ["GiveOpinion"] }, "boss")).toBe("GiveOpinion");
    expect(turnOf({ ...asked, may: ["GiveOpinion"] }, "hr")).toBeUndefined();
    expect(turnOf({ ...asked, may: ["DecideCase"] }, "chief")).toBeUndefined();
  });

  test("is nothing that has been heard until one of those asked has spoken", () => {
    const participants = asked.participants ?? [];
    const removed = participants.filter(({ opinionDueOn }) => !opinionDueOn);
    expect(heard({ ...asked, participants: removed })).toBe(false);
    expect(heard({ ...asked, participants: participants.map((one) => ({ ...one, answered: false })) })).toBe(false);
    expect(heard({ ...asked, participants: participants.map((one) => ({ ...one, answered: true })) })).toBe(true);
  });

  test("is not known to be the decision by whoever is not shown who was asked", () => {
    const shown: Case = { ...asked, participants: [{ employeeId: "chief", role: "CASE_ROLE_DECIDER" }] };
    expect(awaited(asked)).toBe("opinions");
    expect(awaited({ ...shown, hidden: ["opinions"] })).toBe("either");
    expect(awaited(shown)).toBe("decision");
  });

  test("is the decision once everybody has spoken", () => {
    const spoken = { ...asked, participants: (asked.participants ?? []).map((one) => ({ ...one, answered: true })) };
    expect(turnOf({ ...spoken, may: ["DecideCase"] }, "chief")).toBe("DecideCase");
  });

  test("is nothing for those who only watch", () => {
    expect(turnOf({ state: "CASE_STATE_PROBATION", may: [] }, "anybody")).toBeUndefined();
  });

  test("puts a question of the candidate's first", () => {
    expect(turnOf({ state: "CASE_STATE_CLOSED", may: ["AnswerExplanation"] }, "hr")).toBe("AnswerExplanation");
  });
});

describe("a case on its page", () => {
  test("names what is hidden, and nothing it does not know", () => {
    expect(hiddenIn({ hidden: ["relation", "report", "unheard-of"] })).toEqual(["report", "relation"]);
  });

  test("shows a milestone's last record", () => {
    const done = progressOf({
      steps: [
        { step: "progress", milestone: "MILESTONE_PLAN_AGREED", note: "first" },
        { step: "decided" },
        { step: "progress", milestone: "MILESTONE_PLAN_AGREED", note: "second" },
      ],
    });
    expect([...done].map(([milestone, { note }]) => [milestone, note])).toEqual([["MILESTONE_PLAN_AGREED", "second"]]);
  });

  test("lets a probation start once, and end only while it runs", () => {
    const decided: Case = { state: "CASE_STATE_DECIDED", decision: { kind: "DECISION_KIND_PROBATION" } };
    expect(possibleMilestones(decided)).toContain("MILESTONE_PROBATION_STARTED");
    expect(possibleMilestones(decided)).not.toContain("MILESTONE_PROBATION_ENDED");
    const running: Case = { ...decided, state: "CASE_STATE_PROBATION" };
    expect(possibleMilestones(running)).toContain("MILESTONE_PROBATION_ENDED");
    expect(possibleMilestones(running)).not.toContain("MILESTONE_PROBATION_STARTED");
    const elsewhere: Case = { state: "CASE_STATE_DECIDED", decision: { kind: "DECISION_KIND_OTHER_POST" } };
    expect(possibleMilestones(elsewhere)).not.toContain("MILESTONE_PROBATION_STARTED");
  });

  test("opens the dialog of a task unless there is something to read first", () => {
    expect(taskTo({ caseId: "c", task: "match" })).toBe("/placements/c?do=MatchCase");
    expect(taskTo({ caseId: "c", task: "decision" })).toBe("/placements/c");
  });

  test("sends of a decision only what belongs to its kind", () => {
    const values = { reason: "for reasons", startsOn: "2026-05-01", months: 3, postId: "p" };
    expect(decisionOf({ ...values, kind: "DECISION_KIND_PROBATION" })).toEqual({
      kind: "DECISION_KIND_PROBATION",
      reason: "for reasons",
      withoutAllOpinions: false,
      startsOn: "2026-05-01",
      months: 3,
    });
    expect(decisionOf({ ...values, kind: "DECISION_KIND_NOT_NOW" })).not.toHaveProperty("postId");
    expect(decisionOf({ ...values, kind: "DECISION_KIND_OTHER_POST" })).not.toHaveProperty("startsOn");
  });

  test("hands a dossier over byte by byte", () => {
    expect([...bytesOf(btoa("%PDF\xff"))]).toEqual([37, 80, 68, 70, 255]);
  });
});

describe("while somebody writes in a case", () => {
  const before: Case = { state: "CASE_STATE_OPINIONS", version: 4, steps: [{ step: "opened", actorId: "hr" }] };
  const withdrawn: Case = {
    ...before,
    state: "CASE_STATE_WITHDRAWN",
    steps: [...(before.steps ?? []), { step: "opinion_given", actorId: "me" }, { step: "withdrawn", actorId: "hr" }],
  };

  test("others' steps are told, one's own are not", () => {
    expect(stepsSince(before, withdrawn, "me").map(({ step }) => step)).toEqual(["withdrawn"]);
    expect(stepsSince(before, before, "me")).toEqual([]);
  });

  test("fields are told that are not as they were", () => {
    expect(fieldsChanged(before, { ...before, version: 5 })).toEqual([]);
    expect(fieldsChanged(before, withdrawn)).toEqual(["state"]);
    expect(fieldsChanged(before, { ...before, outdated: true })).toEqual(["report"]);
    expect(
      fieldsChanged(before, { ...before, opinions: [{ employeeId: "a", givenAt: "2026-01-01T00:00:00Z" }] }),
    ).toEqual(["opinions"]);
  });
});
