import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { EmployeeStatus } from "@/api/contract";
import { useMyId, useRights } from "@/api/me";
import { listEmployees, listUnits } from "@/api/methods";
import { useRead } from "@/api/queries";
import { sayNumber } from "@/ui/numbers";
import { Bone } from "@/ui/states";
import styles from "./HomePage.module.css";

function useCount(statuses: EmployeeStatus[], seen: boolean, managerId = ""): number | undefined {
  const query = useRead(listEmployees, seen ? { statuses, managerId, pageSize: 1, withTotal: true } : null, {
    staleTime: 60_000,
  });
  return query.data ? (query.data.total ?? 0) : undefined;
}

/** The few numbers that somebody with these rights watches, each leading to what it counts. */
export function Numbers() {
  const { t } = useTranslation();
  const rights = useRights();
  const myId = useMyId();
  const seen = rights.overOthers("employees.person.read");
  const units = useRead(listUnits, seen && rights.overAll("employees.person.read") ? {} : null, { staleTime: 60_000 });
  const here = useCount([], seen);
  const reports = useCount([], seen && myId !== "", myId);
  const probation = useCount(["EMPLOYEE_STATUS_PROBATION"], seen);
  const joining = useCount(["EMPLOYEE_STATUS_JOINING"], seen);
  const leaving = useCount(["EMPLOYEE_STATUS_LEAVING"], seen);
  if (!seen) return null;
  const figures = [
    { key: "here", to: "/people", value: here },
    { key: "reports", to: `/people?manager=${myId}`, value: reports },
    { key: "probation", to: "/people?status=probation", value: probation },
    { key: "joining", to: "/people?status=joining", value: joining },
    { key: "leaving", to: "/people?status=leaving", value: leaving },
    ...(units.data ? [{ key: "units" as const, to: "/organization", value: units.data.units?.length ?? 0 }] : []),
  ] as const;
  return (
    <section aria-label={t("home.numbers")} className={styles.numbers}>
      {figures
        .filter(({ key, value }) => key !== "reports" || value !== 0)
        .map(({ key, to, value }) => (
          <Link key={key} to={to} className={`panel ${styles.figure ?? ""}`} data-testid={`number-${key}`}>
            {value === undefined ? <Bone width={60} height={30} /> : <strong>{sayNumber(value)}</strong>}
            <span className="quiet">{t(`home.figure.${key}`)}</span>
          </Link>
        ))}
    </section>
  );
}
