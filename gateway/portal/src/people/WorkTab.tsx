import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Assignment, Employee } from "@/api/contract";
import { endDottedLine, getTimeline } from "@/api/methods";
import { useRead } from "@/api/queries";
import { DataTable } from "@/ui/DataTable";
import { named } from "@/ui/naming";
import { PersonById } from "@/ui/Person";
import { Day } from "@/ui/When";
import { usePersonRights } from "./rights";
import { ContractsPanel } from "./ContractsPanel";
import { lazily } from "@/ui/lazily";

const EndDottedDialog = lazily(async () => ({ default: (await import("./commands/DottedDialogs")).EndDottedDialog }));

/** Where the person works and worked, and under which contracts. */
export function WorkTab({ person }: { person: Employee }) {
  const { t } = useTranslation();
  const { mayCall } = usePersonRights(person);
  const id = person.employeeId ?? "";
  const timeline = useRead(getTimeline, { employeeId: id });
  const [ending, setEnding] = useState<Assignment>();
  const rows = placesOf(
    person,
    (timeline.data?.entries ?? []).map(({ assignment }) => assignment),
  );
  const mayTransfer = mayCall(endDottedLine);
  return (
    <div className="stack">
      <section aria-label={t("people.assignments")} className="stack" style={{ gap: 8 }}>
        <h2 style={{ fontSize: 14 }}>{t("people.assignments")}</h2>
        <DataTable
          label={t("people.assignments")}
          rows={rows}
          keyOf={({ assignmentId }) => assignmentId ?? ""}
          columns={[
            {
              key: "kind",
              title: t("people.kind"),
              from: "tablet",
              cell: ({ kind = "ASSIGNMENT_KIND_UNSPECIFIED" }) => t(`people.assignmentKind.${kind}`),
            },
            { key: "post", title: t("people.post"), cell: (one) => named(one.postTitle, one.postTitleEn) || "—" },
            { key: "unit", title: t("people.unit"), cell: (one) => named(one.unitName, one.unitNameEn) || "—" },
            {
              key: "manager",
              title: t("people.manager"),
              from: "tablet",
              cell: (one) => <PersonById id={one.managerId} otherwise={one.managerName || "—"} link />,
            },
            { key: "from", title: t("people.from"), number: true, cell: ({ startsOn }) => <Day on={startsOn} exact /> },
            {
              key: "to",
              title: t("people.to"),
              number: true,
              from: "tablet",
              cell: ({ endsOn }) => (endsOn ? <Day on={endsOn} exact /> : t("people.present")),
            },
            {
              key: "do",
              title: "",
              from: "tablet",
              cell: (one) =>
                mayTransfer && one.kind === "ASSIGNMENT_KIND_DOTTED" && !one.endsOn ? (
                  <Button size="small" onClick={() => setEnding(one)}>
                    {t("people.endDotted")}
                  </Button>
                ) : null,
            },
          ]}
        />
      </section>
      <ContractsPanel person={person} />
      {ending ? <EndDottedDialog person={person} line={ending} onClose={() => setEnding(undefined)} /> : null}
    </div>
  );
}

/** Present places come with the person, former ones with the timeline. */
function placesOf(person: Employee, told: readonly (Assignment | undefined)[]): Assignment[] {
  const places = new Map<string, Assignment>();
  for (const one of [...told, person.primary, ...(person.dotted ?? [])])
    if (one?.assignmentId) places.set(one.assignmentId, one);
  return [...places.values()].sort((a, b) => (b.startsOn ?? "").localeCompare(a.startsOn ?? ""));
}
