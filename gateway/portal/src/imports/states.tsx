import { useTranslation } from "react-i18next";
import type { Import, ImportKind, ImportState } from "@/api/contract";
import { Status, type Tone } from "@/ui/chips";

export const importKinds = [
  "IMPORT_KIND_PEOPLE",
  "IMPORT_KIND_UNITS",
  "IMPORT_KIND_POSTS",
  "IMPORT_KIND_ASSIGNMENTS",
  "IMPORT_KIND_PAY",
] as const satisfies readonly ImportKind[];

const tones: Record<ImportState, Tone> = {
  IMPORT_STATE_UNSPECIFIED: "quiet",
  IMPORT_STATE_UPLOADING: "action",
  IMPORT_STATE_MAPPING: "attention",
  IMPORT_STATE_CHECKING: "action",
  IMPORT_STATE_PROBLEMS: "danger",
  IMPORT_STATE_READY: "attention",
  IMPORT_STATE_APPLYING: "action",
  IMPORT_STATE_DONE: "done",
  IMPORT_STATE_CANCELLED: "hollow",
  IMPORT_STATE_FAILED: "danger",
};

export function ImportStateText({ state = "IMPORT_STATE_UNSPECIFIED" }: { state: ImportState | undefined }) {
  const { t } = useTranslation();
  return <Status tone={tones[state]}>{t(`imports.state.${state}`)}</Status>;
}

/** Something is going on that ends by itself. */
export function runs({ state }: Import): boolean {
  return state === "IMPORT_STATE_CHECKING" || state === "IMPORT_STATE_APPLYING";
}

/** A person has to do the next step. */
export function waits({ state }: Import): boolean {
  return (
    state === "IMPORT_STATE_MAPPING" ||
    state === "IMPORT_STATE_PROBLEMS" ||
    state === "IMPORT_STATE_READY" ||
    state === "IMPORT_STATE_FAILED"
  );
}

/** Neither done nor given up. */
export function open(one: Import): boolean {
  return runs(one) || waits(one) || one.state === "IMPORT_STATE_UPLOADING";
}
