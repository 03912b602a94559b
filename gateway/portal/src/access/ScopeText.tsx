import { useTranslation } from "react-i18next";
import type { Scope, Unit } from "@/api/contract";
import { listUnits } from "@/api/methods";
import { useRead } from "@/api/queries";
import { named } from "@/ui/naming";

interface ScopeTextProps {
  scope: Scope | undefined;
  /** The unit's names, where the answer brought them. */
  unitName?: string | undefined;
  unitNameEn?: string | undefined;
}

/** How far a right reaches, in words. */
export function ScopeText({ scope, unitName, unitNameEn }: ScopeTextProps) {
  const { t } = useTranslation();
  const kind = scope?.kind ?? "SCOPE_KIND_UNSPECIFIED";
  const known = named(unitName, unitNameEn);
  const ask = kind === "SCOPE_KIND_UNIT" && !known;
  const units = useRead(listUnits, ask ? { withClosed: true } : null, { staleTime: 60_000 });
  if (kind !== "SCOPE_KIND_UNIT") return <span>{t(`access.scope.${kind}`)}</span>;
  const unit: Unit | undefined = units.data?.units?.find(({ unitId }) => unitId === scope?.unitId);
  return <span>{t("access.unitAndBelow", { unit: known || named(unit?.name, unit?.nameEn) || "…" })}</span>;
}
