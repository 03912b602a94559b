import { useTranslation } from "react-i18next";
import type { Assignment, TimelineEntry, TimelineKind } from "@/api/contract";
import { getTimeline } from "@/api/methods";
import { useRead } from "@/api/queries";
import { named } from "@/ui/naming";
import { PersonById } from "@/ui/Person";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";
import { Day, Moment } from "@/ui/When";
import { fieldNames } from "./fields";
import styles from "./TimelineTab.module.css";

/** What happened to a person here, newest first. */
export function TimelineTab({ employeeId }: { employeeId: string }) {
  const { t } = useTranslation();
  const query = useRead(getTimeline, { employeeId });
  return (
    <Shown query={query} bones={<BonesTable rows={5} columns={3} />}>
      {({ entries = [] }) =>
        entries.length === 0 ? (
          <Empty title={t("people.timelineNone")}>{t("people.timelineNoneHelp")}</Empty>
        ) : (
          <ol className={styles.timeline} data-testid="timeline">
            {entries.map((entry) => (
              <Entry key={`${entry.kind ?? ""}${entry.recordedAt ?? ""}${entry.effectiveOn ?? ""}`} entry={entry} />
            ))}
          </ol>
        )
      }
    </Shown>
  );
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const { t } = useTranslation();
  const kind: TimelineKind = entry.kind ?? "TIMELINE_KIND_UNSPECIFIED";
  const changes = changesOf(entry);
  const fields = (entry.fields ?? []).map((field) =>
    field in fieldNames ? t(fieldNames[field as keyof typeof fieldNames]) : field,
  );
  return (
    <li className={styles.entry}>
      <p className={styles.when}>
        <Day on={entry.effectiveOn} exact />
      </p>
      <div>
        <p>
          <strong>{t(`people.timeline.${kind}`)}</strong>
        </p>
        {changes.map(({ name, from, to }) => (
          <p key={name}>
            <span className="quiet">{t(`people.${name}`)} </span>
            {from ? (
              <>
                <s className="quiet">{from}</s> →{" "}
              </>
            ) : null}
            {to}
          </p>
        ))}
        {fields.length > 0 ? (
          <p>
            {t("people.correctedFields", { fields: new Intl.ListFormat(document.documentElement.lang).format(fields) })}
          </p>
        ) : null}
        {entry.reason ? <p>{entry.reason}</p> : null}
        <p className="quiet">
          {t("people.recorded")} <Moment at={entry.recordedAt} ago /> ·{" "}
          <PersonById id={entry.recordedBy} otherwise={t("people.bySystem")} />
        </p>
      </div>
    </li>
  );
}

interface Change {
  name: "post" | "unit" | "manager";
  from: string;
  to: string;
}

function changesOf({ assignment, former }: TimelineEntry): Change[] {
  if (!assignment) return [];
  const parts: { name: Change["name"]; of: (one: Assignment) => string }[] = [
    { name: "post", of: (one) => named(one.postTitle, one.postTitleEn) },
    { name: "unit", of: (one) => named(one.unitName, one.unitNameEn) },
    { name: "manager", of: (one) => one.managerName ?? "" },
  ];
  return parts
    .map(({ name, of }) => ({ name, from: former ? of(former) : "", to: of(assignment) }))
    .filter(({ from, to }) => to !== "" && from !== to);
}
