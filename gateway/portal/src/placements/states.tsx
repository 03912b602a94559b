import { useTranslation } from "react-i18next";
import type { CaseState, Stance } from "@/api/contract";
import { Status, type Tone } from "@/ui/chips";

/** States in the order a case goes through them; it may be withdrawn from the first three. */
export const way = [
  "CASE_STATE_OPEN",
  "CASE_STATE_MATCHED",
  "CASE_STATE_OPINIONS",
  "CASE_STATE_DECIDED",
  "CASE_STATE_PROBATION",
  "CASE_STATE_CLOSED",
] as const satisfies readonly CaseState[];

export const caseStates = [...way, "CASE_STATE_WITHDRAWN"] as const satisfies readonly CaseState[];

const tones: Record<CaseState, Tone> = {
  CASE_STATE_UNSPECIFIED: "quiet",
  CASE_STATE_OPEN: "attention",
  CASE_STATE_MATCHED: "attention",
  CASE_STATE_OPINIONS: "attention",
  CASE_STATE_DECIDED: "action",
  CASE_STATE_PROBATION: "action",
  CASE_STATE_CLOSED: "done",
  CASE_STATE_WITHDRAWN: "hollow",
};

export function CaseStateText({ state = "CASE_STATE_UNSPECIFIED" }: { state: CaseState | undefined }) {
  const { t } = useTranslation();
  return <Status tone={tones[state]}>{t(`placements.state.${state}`)}</Status>;
}

const stanceTones: Record<Stance, Tone> = {
  STANCE_UNSPECIFIED: "quiet",
  STANCE_SUPPORT: "done",
  STANCE_CONDITIONAL: "attention",
  STANCE_OBJECT: "danger",
};

export function StanceText({ stance = "STANCE_UNSPECIFIED" }: { stance: Stance | undefined }) {
  const { t } = useTranslation();
  return <Status tone={stanceTones[stance]}>{t(`placements.stance.${stance}`)}</Status>;
}
