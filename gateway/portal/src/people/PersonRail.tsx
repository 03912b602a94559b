import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Contract, Employee } from "@/api/contract";
import { listContracts, listGrants } from "@/api/methods";
import { useRead } from "@/api/queries";
import { daysBetween, today } from "@/ui/days";
import { Day } from "@/ui/When";
import styles from "./PersonPage.module.css";
import { usePersonRights } from "./rights";

interface Due {
  key: string;
  text: string;
  on: string;
  to: string;
}

/** Close enough to act on: a quarter ahead. */
const AHEAD_DAYS = 90;

function useDues(person: Employee): Due[] {
  const { t } = useTranslation();
  const { surely } = usePersonRights(person);
  const id = person.employeeId ?? "";
  const contracts = useRead(listContracts, surely("employees.contract.read") ? { employeeId: id } : null);
  const grants = useRead(
    listGrants,
    surely("identity.grant.read") ? { employeeId: id, state: "GRANT_STATE_ACTIVE" } : null,
  );

  const dues: Due[] = [];
  if (person.status === "EMPLOYEE_STATUS_JOINING" && person.hiredOn)
    dues.push({ key: "first", text: t("people.due.firstDay"), on: person.hiredOn, to: "timeline" });
  if (person.lastDay && person.status !== "EMPLOYEE_STATUS_LEFT")
    dues.push({ key: "last", text: t("people.due.lastDay"), on: person.lastDay, to: "timeline" });
  const contract = current(contracts.data?.contracts ?? []);
  if (contract?.endsOn) dues.push({ key: "contract", text: t("people.due.contract"), on: contract.endsOn, to: "work" });
  for (const line of person.dotted ?? [])
    if (line.endsOn)
      dues.push({
        key: line.assignmentId ?? "",
        text: t("people.due.dotted", { name: line.managerName ?? "" }),
        on: line.endsOn,
        to: "work",
      });
  for (const grant of grants.data?.grants ?? [])
    if (grant.endsAt)
      dues.push({
        key: grant.grantId ?? "",
        text: t("people.due.grant", { role: grant.roleLabel ?? "" }),
        on: grant.endsAt.slice(0, 10),
        to: "access",
      });
  return dues
    .filter(({ on }) => daysBetween(today(), on) >= 0 && daysBetween(today(), on) <= AHEAD_DAYS)
    .sort((a, b) => a.on.localeCompare(b.on));
}

function current(contracts: readonly Contract[]): Contract | undefined {
  return contracts.find(({ startsOn = "", endsOn }) => startsOn <= today() && (!endsOn || endsOn >= today()));
}

/** What is due with this person, nearest first. */
export function PersonRail({ person }: { person: Employee }) {
  const { t } = useTranslation();
  const dues = useDues(person);
  const id = person.employeeId ?? "";
  return (
    <aside
      className={`${styles.rail ?? ""} ${dues.length === 0 ? (styles.nothingDue ?? "") : ""} no-print`}
      aria-label={t("people.due.title")}
    >
      <section className="panel">
        <h2>{t("people.due.title")}</h2>
        {dues.length === 0 ? <p className="quiet">{t("people.due.none")}</p> : null}
        <ul>
          {dues.map(({ key, text, on, to }) => (
            <li key={key} className={styles.due}>
              <Link to={`/people/${id}/${to}`}>{text}</Link>
              <Day on={on} />
            </li>
          ))}
        </ul>
      </section>
    </aside>
  );
}
