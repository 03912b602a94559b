import { useTranslation } from "react-i18next";
import type { Case } from "@/api/contract";
import { useDoneMessage } from "@/people/commands/parts";
import type { Command } from "./steps";

/** The case as it was read, for a command that changes it. */
export function target({ caseId = "", version = 1 }: Case): { caseId: string; version: number } {
  return { caseId, version };
}

/** What every dialog of a case has in common: its name, and the word that it was done. */
export function useCommandWords(command: Command | "RemoveParticipant") {
  const { t } = useTranslation();
  const done = useDoneMessage();
  const name = t(`placements.do.${command}`);
  return { title: name, send: name, onDone: () => done(t(`placements.done.${command}`)) };
}
