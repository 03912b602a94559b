import { useTranslation } from "react-i18next";
import type { JobProfileRow } from "@/api/contract";
import { Status } from "@/ui/chips";

/** How far a post's job profile is: what is in force, and whether somebody is writing the next. */
export function RowState({ row }: { row: JobProfileRow }) {
  const { t } = useTranslation();
  return (
    <span className="row" style={{ columnGap: 12 }}>
      {row.inForce ? (
        <Status tone="done">{t("jobs.inForce", { number: row.inForce })}</Status>
      ) : row.drafted ? null : (
        <Status tone="hollow">{t("jobs.none")}</Status>
      )}
      {row.drafted ? <Status tone="attention">{t("jobs.drafted")}</Status> : null}
    </span>
  );
}
