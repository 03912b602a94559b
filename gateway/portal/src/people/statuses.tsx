import { useTranslation } from "react-i18next";
import type { EmployeeStatus } from "@/api/contract";
import { Status, type Tone } from "@/ui/chips";

/** In the order people pass through them. */
export const statuses: readonly EmployeeStatus[] = [
  "EMPLOYEE_STATUS_JOINING",
  "EMPLOYEE_STATUS_PROBATION",
  "EMPLOYEE_STATUS_ACTIVE",
  "EMPLOYEE_STATUS_LEAVING",
  "EMPLOYEE_STATUS_LEFT",
];

const tones: Record<EmployeeStatus, Tone> = {
  EMPLOYEE_STATUS_UNSPECIFIED: "quiet",
  EMPLOYEE_STATUS_JOINING: "action",
  EMPLOYEE_STATUS_PROBATION: "attention",
  EMPLOYEE_STATUS_ACTIVE: "done",
  EMPLOYEE_STATUS_LEAVING: "danger",
  EMPLOYEE_STATUS_LEFT: "hollow",
};

export function EmployeeStatusText({ status = "EMPLOYEE_STATUS_UNSPECIFIED" }: { status: EmployeeStatus | undefined }) {
  const { t } = useTranslation();
  return <Status tone={tones[status]}>{t(`people.status.${status}`)}</Status>;
}
