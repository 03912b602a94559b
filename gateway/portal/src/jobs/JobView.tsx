import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { JobDemands, Requirement } from "@/api/contract";
import { Level } from "@/talent/Level";
import { useFamilyName } from "@/talent/families";
import { useSkills } from "@/talent/useSkills";
import { Status } from "@/ui/chips";
import { DataTable } from "@/ui/DataTable";
import { Facts } from "@/ui/facts";
import { USUAL_MONTHS, keyOf } from "./demands";
import styles from "./Jobs.module.css";
import { useIndicatorWords, useRequirementName } from "./words";

function Weight({ weight = 0 }: { weight: number | undefined }) {
  return (
    <span className={styles.weight}>
      <span aria-hidden>
        <span style={{ width: `${weight}%` }} />
      </span>
      <span>{weight} %</span>
    </span>
  );
}

/** What a version asks for, to be read. */
export function JobView({ demands }: { demands: JobDemands }) {
  const { t } = useTranslation();
  const requirements = useMemo(() => demands.requirements ?? [], [demands]);
  const ids = useMemo(() => requirements.flatMap(({ skillId }) => (skillId ? [skillId] : [])), [requirements]);
  const skills = useSkills(ids);
  const nameOf = useRequirementName();
  const familyName = useFamilyName();
  const indicatorWords = useIndicatorWords();
  return (
    <>
      <section className="panel">
        {demands.purpose ? <p style={{ marginBottom: 12, whiteSpace: "pre-line" }}>{demands.purpose}</p> : null}
        <Facts
          facts={[
            { name: t("jobs.field.shift"), value: t(`talent.shift.${demands.shift ?? "SHIFT_UNSPECIFIED"}`) },
            { name: t("jobs.field.place"), value: demands.place },
            { name: t("jobs.field.family"), value: familyName(demands.family) },
            {
              name: t("jobs.field.trainingMonths"),
              value: t("jobs.monthsCount", { count: demands.trainingMonths || USUAL_MONTHS }),
            },
          ]}
        />
      </section>
      <section aria-label={t("jobs.requirements")} className="stack" style={{ gap: 8 }}>
        <h2 style={{ fontSize: 14 }}>{t("jobs.requirements")}</h2>
        {requirements.length === 0 ? <p className="quiet">{t("jobs.noRequirements")}</p> : null}
        {requirements.length > 0 ? (
          <DataTable<Requirement>
            label={t("jobs.requirements")}
            testid="requirements"
            rows={requirements}
            keyOf={keyOf}
            columns={[
              { key: "name", title: t("jobs.requirement"), cell: (one) => <strong>{nameOf(one)}</strong> },
              {
                key: "level",
                title: t("jobs.wanted"),
                cell: (one) =>
                  one.indicator ? (
                    <span className="number">{indicatorWords(one.indicator)}</span>
                  ) : (
                    <Level level={one.level ?? 0} skill={skills.get(one.skillId ?? "")} />
                  ),
              },
              {
                key: "must",
                title: t("jobs.kind"),
                from: "tablet",
                cell: ({ must }) => (
                  <Status tone={must ? "attention" : "quiet"}>{t(must ? "jobs.must" : "jobs.soft")}</Status>
                ),
              },
              {
                key: "weight",
                title: t("jobs.weight"),
                number: true,
                cell: ({ weight }) => <Weight weight={weight} />,
              },
              {
                key: "reason",
                title: t("jobs.reason"),
                from: "tablet",
                cell: ({ reason }) => reason || <span className="quiet">{t("jobs.noReason")}</span>,
              },
            ]}
          />
        ) : null}
      </section>
      {demands.conditions?.length ? (
        <section className="panel">
          <h2>{t("jobs.conditions")}</h2>
          <ul>
            {demands.conditions.map(({ conditionId, certificate, reason }) => (
              <li key={conditionId ?? certificate}>
                <strong>{certificate}</strong> <span className="quiet">{reason}</span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </>
  );
}
