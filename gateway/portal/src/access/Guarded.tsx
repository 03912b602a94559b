import type { ReactNode } from "react";
import { rightsOf, useMyId, useReadMe } from "@/api/me";
import { Problem } from "@/api/problem";
import { placesFor, type Place } from "@/app/places";
import { lazily } from "@/ui/lazily";
import { Shown } from "@/ui/Shown";

const Forbidden = lazily(() => import("./Forbidden"));

interface GuardedProps {
  /** The place whose rule decides, the same that shows it in the navigation. */
  place: Place["key"];
  /** The right that is missing where the rule says no. */
  permission: string;
  /** What it takes, in a sentence. */
  detail: string;
  /** What is read and written only by those who may send it. */
  children: ReactNode;
}

/**
 * A form for those who may send it; everybody else is told before anything is typed what is missing and who can give it.
 * The server decides again when it is sent.
 */
export function Guarded({ place, permission, detail, children }: GuardedProps) {
  const myId = useMyId();
  const query = useReadMe();
  return (
    <Shown query={query}>
      {({ rights = [] }) =>
        placesFor(myId)
          .find(({ key }) => key === place)
          ?.open(rightsOf(rights, myId), myId) ? (
          children
        ) : (
          <Forbidden
            problem={new Problem(403, { reason: "PERMISSION_MISSING", detail }, permission)}
            onGranted={() => void query.refetch()}
          />
        )
      }
    </Shown>
  );
}
