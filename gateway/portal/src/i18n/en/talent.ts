import type { Same } from "../same";
import type zh from "../zh-CN/talent";
import fairness from "./fairness";
import growth from "./growth";
import jobs from "./jobs";
import matching from "./matching";
import placements from "./placements";
import pools from "./pools";
import skills from "./skills";

const texts: Same<typeof zh> = {
  ...fairness,
  ...growth,
  ...jobs,
  ...matching,
  ...placements,
  ...pools,
  ...skills,
  talent: {
    skill: "Skill",
    findSkill: "Find a skill by its name in either language",
    skillHelp: "Names and synonyms in both languages are searched.",
    noSkillFound: "No skill found",
    levelTitle: "Level",
    levelOf: "Level {{level}} of 5: {{words}}",
    level: {
      "0": "Seen, and not there yet",
      "1": "Knows: what it is for and how it is done",
      "2": "Begins: does the usual steps under guidance",
      "3": "Works alone: does the usual work unaided",
      "4": "Skilled: handles rare cases, has taught a newcomer",
      "5": "Expert: improves how it is done; others learn from them",
    },
    source: {
      ENTRY_SOURCE_UNSPECIFIED: "Unknown source",
      ENTRY_SOURCE_SELF: "Self",
      ENTRY_SOURCE_IMPORT: "Import",
      ENTRY_SOURCE_MANAGER: "Manager",
      ENTRY_SOURCE_REVIEW: "Review",
      ENTRY_SOURCE_RECORDS: "HR records",
    },
    recordedBy: "Source",
    observedOn: "Seen on",
    recordedAt: "Recorded",
    evidence: "Evidence",
    noEvidence: "No evidence was written down",
    validTo: "Valid to",
    verified: "Verified",
    verifiedHelp: "HR has seen the evidence and confirms it",
    verifiedBy: "Verified by",
    notVerified: "Not verified",
    contested: "Contested",
    contestedWhy: "What the person objects to",
    contestAnswer: "HR's answer",
    skillKind: {
      SKILL_KIND_UNSPECIFIED: "Other",
      SKILL_KIND_SKILL: "Skill",
      SKILL_KIND_KNOWLEDGE: "Knowledge",
      SKILL_KIND_ATTITUDE: "Attitude",
      SKILL_KIND_LANGUAGE: "Language",
    },
    entryKind: {
      ENTRY_KIND_UNSPECIFIED: "—",
      ENTRY_KIND_SKILL: "Skill",
      ENTRY_KIND_CERTIFICATE: "Certificate",
      ENTRY_KIND_AWARD: "Award",
      ENTRY_KIND_REVIEW: "Review",
      ENTRY_KIND_POTENTIAL: "Potential",
      ENTRY_KIND_INDICATOR: "Indicator",
    },
    potential: {
      POTENTIAL_KIND_UNSPECIFIED: "Potential",
      POTENTIAL_KIND_LEARNING: "Learning speed",
      POTENTIAL_KIND_GROWTH: "Room to grow",
    },
    learning: {
      "1": "Slow: needs it explained and practised often",
      "2": "Usual: about like most people",
      "3": "Fast: can do it after being shown once or twice",
    },
    growthLevel: {
      "1": "At the right place now",
      "2": "Could do more at the same level",
      "3": "One level up within three years",
      "4": "One level up within a year",
      "5": "Two levels up within three years",
    },
    shift: {
      SHIFT_UNSPECIFIED: "Any",
      SHIFT_OFFICE: "Office hours",
      SHIFT_DAY: "Day shift",
      SHIFT_ROTATING: "Rotating shifts",
      SHIFT_NIGHT: "Nights",
    },
    fit: {
      FIT_UNSPECIFIED: "—",
      FIT_MET: "Met",
      FIT_NEAR: "Near",
      FIT_TRAINABLE_GAP: "Trainable gap",
      FIT_BLOCKING_GAP: "Blocking gap",
      FIT_UNKNOWN: "No evidence",
    },
    fitHelp: {
      FIT_UNSPECIFIED: "",
      FIT_MET: "The requirement is met",
      FIT_NEAR: "Short by little",
      FIT_TRAINABLE_GAP: "Training closes it in time",
      FIT_BLOCKING_GAP: "It does not close in time",
      FIT_UNKNOWN: "Nothing is known of it, which does not mean it is not there",
    },
    outcome: {
      OUTCOME_UNSPECIFIED: "—",
      OUTCOME_SUITABLE: "Suitable",
      OUTCOME_PROBATION: "Suitable for probation",
      OUTCOME_ASSESS_FIRST: "Assess first",
      OUTCOME_NOT_NOW: "Not now",
    },
    outcomeUnassessed_one: "{{outcome}} ({{count}} not yet assessed)",
    outcomeUnassessed_other: "{{outcome}} ({{count}} not yet assessed)",
    outcomeHelp: {
      OUTCOME_UNSPECIFIED: "",
      OUTCOME_SUITABLE: "Every hard requirement is met or near",
      OUTCOME_PROBATION: "Hard requirements have gaps that training closes in time",
      OUTCOME_ASSESS_FIRST: "A hard requirement is not known",
      OUTCOME_NOT_NOW: "A hard requirement has a gap that does not close in time, or a condition fails",
    },
    conflictTitle: "Somebody else has just changed this",
    conflictSend: "Save as chosen",
    conflictHelp: "These were changed after you opened them. Choose whose to keep, one by one.",
    somebodyElse: "A colleague",
    field: "What",
    before: "Before",
    keep: "Keep",
    theirs: "Theirs:",
    mine: "Mine:",
  },
};

export default texts;
