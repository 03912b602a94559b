import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { EmployeeSummary } from "@/api/contract";
import type { Column } from "@/ui/DataTable";
import { Sensitive } from "@/ui/facts";
import { named } from "@/ui/naming";
import { Person, PersonById } from "@/ui/Person";
import { Day } from "@/ui/When";
import { currentLanguage } from "@/i18n";
import { EmployeeStatusText } from "./statuses";

export const defaultColumns = ["post", "unit", "manager", "status", "hiredOn", "mobile"];

export function usePeopleColumns(): Column<EmployeeSummary>[] {
  const { t } = useTranslation();
  return [
    { key: "person", title: t("people.person"), from: "phone", cell: (person) => <Person person={person} link /> },
    {
      key: "post",
      title: t("people.post"),
      from: "tablet",
      cell: (person) => named(person.postTitle, person.postTitleEn),
    },
    {
      key: "unit",
      title: t("people.unit"),
      from: "phone",
      cell: (person) => named(person.unitName, person.unitNameEn),
    },
    { key: "manager", title: t("people.manager"), from: "desk", cell: (person) => <ManagerName person={person} /> },
    {
      key: "status",
      title: t("people.statusTitle"),
      from: "tablet",
      cell: (person) => <EmployeeStatusText status={person.status} />,
    },
    {
      key: "hiredOn",
      title: t("people.hiredOn"),
      from: "desk",
      number: true,
      cell: (person) => <Day on={person.hiredOn} exact />,
    },
    {
      key: "lastDay",
      title: t("people.lastDay"),
      from: "desk",
      number: true,
      cell: (person) => <Day on={person.lastDay} />,
    },
    { key: "mobile", title: t("people.mobile"), from: "desk", cell: (person) => <Sensitive value={person.mobile} /> },
    {
      key: "workMail",
      title: t("people.workMail"),
      from: "desk",
      cell: ({ workMail }) =>
        workMail ? <a href={`mailto:${workMail}`}>{workMail}</a> : <span className="quiet">—</span>,
    },
  ];
}

/** The list itself brings the manager's name only as written at home. */
function ManagerName({ person }: { person: EmployeeSummary }) {
  if (!person.managerId) return <span className="quiet">—</span>;
  if (currentLanguage() === "en") return <PersonById id={person.managerId} otherwise={person.managerName ?? ""} link />;
  return <Link to={`/people/${person.managerId}`}>{person.managerName}</Link>;
}
