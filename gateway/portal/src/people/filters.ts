import type { EmployeeOrder, EmployeeStatus, ListEmployeesRequest } from "@/api/contract";
import type { AddressState } from "@/ui/address";
import { statuses } from "./statuses";

/** The list's filters as the address has them. */
export function requestOf(address: Pick<AddressState, "get" | "all">): ListEmployeesRequest {
  const asked = address.all("status");
  const order: EmployeeOrder =
    address.get("order") === "hired" ? "EMPLOYEE_ORDER_HIRED_LAST_FIRST" : "EMPLOYEE_ORDER_UNSPECIFIED";
  return {
    query: address.get("q").trim(),
    unitId: address.get("unit"),
    postId: address.get("post"),
    managerId: address.get("manager"),
    statuses: statuses.filter((status): status is EmployeeStatus => asked.includes(shortStatus(status))),
    order: order === "EMPLOYEE_ORDER_UNSPECIFIED" ? undefined : order,
    pageSize: 100,
    withTotal: true,
  };
}

/** `EMPLOYEE_STATUS_LEAVING` as it stands in the address: `leaving`. */
export function shortStatus(status: EmployeeStatus): string {
  return status.replace("EMPLOYEE_STATUS_", "").toLowerCase();
}
