import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Employee } from "@/api/contract";
import { named } from "@/ui/naming";
import { Avatar, PersonById } from "@/ui/Person";
import styles from "./PersonPage.module.css";
import { EmployeeStatusText } from "./statuses";

/** Who it is and where they stand, as one quiet line. */
export function PersonHead({ person }: { person: Employee }) {
  const { t } = useTranslation();
  const { primary } = person;
  const name = named(person.name, person.nameEn);
  const other = name === person.name ? person.nameEn : person.name;
  return (
    <div className={`panel ${styles.head ?? ""}`} data-testid="person-head">
      <Avatar name={name} large />
      <div>
        <p className={styles.line}>
          {other ? <strong>{other}</strong> : null}
          <span className="number quiet">{person.number}</span>
          <EmployeeStatusText status={person.status} />
        </p>
        <p className={styles.line}>
          {primary ? (
            <>
              <span>{named(primary.postTitle, primary.postTitleEn)}</span>
              <Link to={`/organization?unit=${primary.unitId ?? ""}`}>
                {named(primary.unitName, primary.unitNameEn)}
              </Link>
              <span>
                <span className="quiet">{t("people.manager")} </span>
                <PersonById id={primary.managerId} otherwise={primary.managerName || t("people.topOfCompany")} link />
              </span>
            </>
          ) : (
            <span className="quiet">{t("people.noPlace")}</span>
          )}
          {person.directReports ? (
            <Link to={`/people?manager=${person.employeeId ?? ""}`}>
              {t("people.reports", { count: person.directReports })}
            </Link>
          ) : null}
        </p>
      </div>
    </div>
  );
}
