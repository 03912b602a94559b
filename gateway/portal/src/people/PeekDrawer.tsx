import { Drawer } from "antd";
import { useTranslation } from "react-i18next";
import type { EmployeeSummary } from "@/api/contract";
import { getEmployee } from "@/api/methods";
import { useRead } from "@/api/queries";
import { Facts, Sensitive } from "@/ui/facts";
import { LinkButton } from "@/ui/LinkButton";
import { named } from "@/ui/naming";
import { Person, PersonById } from "@/ui/Person";
import { Shown } from "@/ui/Shown";
import { Day } from "@/ui/When";
import { EmployeeStatusText } from "./statuses";

/** A quick look at somebody without leaving the list. */
export function PeekDrawer({ person, onClose }: { person: EmployeeSummary; onClose: () => void }) {
  const { t } = useTranslation();
  const id = person.employeeId ?? "";
  const query = useRead(getEmployee, id ? { employeeId: id } : null);
  return (
    <Drawer
      open
      onClose={onClose}
      size={420}
      title={<Person person={person} />}
      data-testid="peek"
      footer={
        <LinkButton to={`/people/${id}`} type="primary">
          {t("people.openPage")}
        </LinkButton>
      }
    >
      <Shown query={query}>
        {(employee) => (
          <Facts
            facts={[
              { name: t("people.statusTitle"), value: <EmployeeStatusText status={employee.status} /> },
              { name: t("people.post"), value: named(employee.primary?.postTitle, employee.primary?.postTitleEn) },
              { name: t("people.unit"), value: named(employee.primary?.unitName, employee.primary?.unitNameEn) },
              { name: t("people.manager"), value: <PersonById id={employee.primary?.managerId} link /> },
              { name: t("people.hiredOn"), value: <Day on={employee.hiredOn} exact /> },
              { name: t("people.lastDay"), value: <Day on={employee.lastDay} /> },
              {
                name: t("people.workMail"),
                value: employee.workMail ? <a href={`mailto:${employee.workMail}`}>{employee.workMail}</a> : "",
              },
              { name: t("people.mobile"), value: <Sensitive value={employee.mobile} /> },
            ]}
          />
        )}
      </Shown>
    </Drawer>
  );
}
