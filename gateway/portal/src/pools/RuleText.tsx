import { useTranslation } from "react-i18next";
import type { PoolRule } from "@/api/contract";
import { listUnits } from "@/api/methods";
import { useRead } from "@/api/queries";
import { useSkills } from "@/talent/useSkills";
import { named } from "@/ui/naming";

/** What a rule asks for, as words to read: whoever fulfils all of it is in. */
export function useRuleWords(rule: PoolRule | undefined): string[] {
  const { t } = useTranslation();
  const asked = rule?.skills ?? [];
  const skills = useSkills(asked.flatMap(({ skillId }) => (skillId ? [skillId] : [])));
  const units = useRead(listUnits, rule?.unitId ? {} : null, { staleTime: 60_000 }).data?.units;
  if (!rule) return [];
  const unit = units?.find(({ unitId }) => unitId === rule.unitId);
  return [
    ...asked.map(({ skillId = "", level = 0 }) => {
      const skill = skills.get(skillId);
      return t("pools.rule.skill", { name: named(skill?.name, skill?.nameEn) || "…", level });
    }),
    ...(rule.reviewPercent ? [t("pools.rule.review", { score: rule.reviewPercent / 20 })] : []),
    ...(rule.growth ? [t("pools.rule.growth", { level: rule.growth })] : []),
    ...(rule.learnsFast ? [t("pools.rule.learnsFast")] : []),
    ...(rule.unitId ? [t("pools.rule.unit", { name: unit ? named(unit.name, unit.nameEn) : "…" })] : []),
  ];
}

/** A rule in one line. */
export function useRuleText(rule: PoolRule | undefined): string {
  const { t } = useTranslation();
  const words = useRuleWords(rule);
  if (!rule) return t("pools.byHand");
  if (words.length === 0) return t("pools.rule.everybody");
  return new Intl.ListFormat(document.documentElement.lang).format(words);
}

export function RuleText({ rule }: { rule: PoolRule | undefined }) {
  return <>{useRuleText(rule)}</>;
}
