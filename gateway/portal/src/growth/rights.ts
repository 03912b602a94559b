import type { Employee, Entry } from "@/api/contract";
import { useMyId, useRights } from "@/api/me";
import {
  answerContest,
  contestEntry,
  endEntry,
  getRisk,
  ratePotential,
  rateRisk,
  rateSkill,
  recordEntry,
  setAspirations,
  setAutomatedUse,
  verifyEntry,
} from "@/api/talent";
import { usePersonRights } from "@/people/rights";
import { isContested } from "@/talent/Source";

/** What can be done with one entry, in the order it is offered. */
export const entryCommands = ["answer", "verify", "contest", "renew", "end"] as const;
export type EntryCommand = (typeof entryCommands)[number];

export interface GrowthRights {
  mine: boolean;
  records: boolean;
  rates: boolean;
  answers: boolean;
  ratesRisk: boolean;
  seesRisk: boolean;
  wishes: boolean;
  refuses: boolean;
  commandsFor: (entry: Entry) => EntryCommand[];
}

interface Held {
  myId: string;
  mine: boolean;
  records: boolean;
  rates: boolean;
  ends: boolean;
  verifies: boolean;
  answers: boolean;
  contests: boolean;
}

/**
 * Pure: what may be done with an entry. Who cannot end what somebody else recorded about them contests it; who contests
 * is answered though the entry has ended meanwhile.
 */
export function commandsOf(entry: Entry, held: Held): EntryCommand[] {
  const own = entry.source === "ENTRY_SOURCE_SELF";
  const waits = isContested(entry);
  const isSkill = entry.kind === "ENTRY_KIND_SKILL";
  const ofRecords = entry.source === "ENTRY_SOURCE_IMPORT" || entry.source === "ENTRY_SOURCE_RECORDS";
  const allowed: Record<EntryCommand, boolean> = {
    answer: waits && held.answers,
    verify: !waits && !entry.verifiedBy && held.verifies,
    contest: held.mine && held.contests && !own && !waits,
    renew: isSkill && (held.mine ? held.records : held.rates || held.records),
    end: held.ends && (held.mine ? own : ofRecords || entry.recordedBy === held.myId),
  };
  return entryCommands.filter((command) => allowed[command] && (command === "answer" || !entry.endedAt));
}

export function useGrowthRights(person: Employee): GrowthRights {
  const rights = useRights();
  const { mayCall } = usePersonRights(person);
  const myId = useMyId();
  const mine = myId === person.employeeId;
  const held: Held = {
    myId,
    mine,
    records: mayCall(recordEntry),
    rates: mayCall(rateSkill) && mayCall(ratePotential),
    ends: mayCall(endEntry),
    verifies: mayCall(verifyEntry),
    answers: mayCall(answerContest),
    contests: rights.holds(contestEntry.permission),
  };
  return {
    mine,
    records: held.records,
    rates: held.rates,
    answers: held.answers,
    ratesRisk: mayCall(rateRisk),
    seesRisk: mayCall(getRisk),
    wishes: mayCall(setAspirations),
    refuses: mine && rights.holds(setAutomatedUse.permission),
    commandsFor: (entry) => commandsOf(entry, held),
  };
}
