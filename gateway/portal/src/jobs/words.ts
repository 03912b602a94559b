import { useTranslation } from "react-i18next";
import type { Indicator, Requirement } from "@/api/contract";
import { named } from "@/ui/naming";
import type { Piece } from "./demands";

const signs = {
  DIRECTION_UNSPECIFIED: "",
  DIRECTION_AT_LEAST: "≥",
  DIRECTION_AT_MOST: "≤",
  DIRECTION_EXACTLY: "=",
} as const;

/** "≤ 1 %", with how far off is still near. */
export function useIndicatorWords(): (indicator: Indicator) => string {
  const { t } = useTranslation();
  return ({ direction = "DIRECTION_UNSPECIFIED", target = "", tolerance = "", unit = "" }) => {
    const goal = [signs[direction], target, unit].filter(Boolean).join(" ");
    return tolerance && Number(tolerance) !== 0
      ? t("jobs.withTolerance", { goal, tolerance: [tolerance, unit].filter(Boolean).join(" ") })
      : goal;
  };
}

export function useRequirementName(): (requirement: Requirement) => string {
  const { t } = useTranslation();
  return ({ indicator, name, nameEn }) =>
    (indicator ? named(indicator.name, indicator.nameEn) : "") || named(name, nameEn) || t("jobs.unnamed");
}

/** What a piece of a job profile says, in one line. */
export function usePieceWords(): { nameOf: (piece: Piece) => string; wordsOf: (piece: Piece | undefined) => string } {
  const { t } = useTranslation();
  const requirementName = useRequirementName();
  const indicatorWords = useIndicatorWords();
  const requirementWords = (requirement: Requirement) =>
    [
      requirement.indicator
        ? indicatorWords(requirement.indicator)
        : t("jobs.atLevel", { level: requirement.level ?? 0 }),
      t(requirement.must ? "jobs.must" : "jobs.soft"),
      `${requirement.weight ?? 0} %`,
      requirement.reason,
    ]
      .filter(Boolean)
      .join(" · ");
  return {
    nameOf: (piece) => {
      if (piece.kind === "plain") return t(`jobs.field.${piece.field}`);
      if (piece.kind === "condition") return t("jobs.conditionOf", { certificate: piece.value.certificate ?? "" });
      return requirementName(piece.value);
    },
    wordsOf: (piece) => {
      if (!piece) return t("jobs.notAsked");
      if (piece.kind === "requirement") return requirementWords(piece.value);
      if (piece.kind === "condition") return piece.value.reason || t("jobs.asked");
      if (piece.field === "shift")
        return t(
          `talent.shift.${piece.value as "SHIFT_UNSPECIFIED" | "SHIFT_OFFICE" | "SHIFT_DAY" | "SHIFT_ROTATING" | "SHIFT_NIGHT"}`,
        );
      if (piece.field === "trainingMonths") return t("jobs.monthsCount", { count: Number(piece.value) });
      return piece.value;
    },
  };
}
