import type { Employee } from "@/api/contract";
import { useMyId, useRights } from "@/api/me";
import type { Method } from "@/api/methods";
import { useUnitPath } from "@/organization/unitPath";

export interface PersonRights {
  /** Worth offering: the reporting line may be longer than what is known here. */
  may: (permission: string) => boolean;
  /** The same for a command, some of which nobody may give about themselves. */
  mayCall: (method: Pick<Method<never, unknown>, "permission" | "notSelf">) => boolean;
  /** Certain enough to ask without being asked to: a refused call is recorded. */
  surely: (permission: string) => boolean;
}

/** What the caller may do with this person. */
export function usePersonRights(person: Employee): PersonRights {
  const rights = useRights();
  const path = useUnitPath(person.primary?.unitId);
  const id = person.employeeId ?? "";
  const managers = [person.primary, ...(person.dotted ?? [])].flatMap((place) =>
    place?.managerId ? [place.managerId] : [],
  );
  const mine = useMyId() === id;
  return {
    mayCall: ({ permission, notSelf }) => !(notSelf && mine) && rights.over(permission, id, path),
    may: (permission) => rights.over(permission, id, path),
    surely: (permission) => rights.over(permission, id, path, managers),
  };
}
