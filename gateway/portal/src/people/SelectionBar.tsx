import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { EmployeeSummary } from "@/api/contract";
import { named } from "@/ui/naming";
import styles from "./SelectionBar.module.css";
import { useMessages } from "@/ui/messages";

/** What can be done with several people at once. Nothing here leaves the screen but what is shown on it anyway. */
export function SelectionBar({ people, onClear }: { people: readonly EmployeeSummary[]; onClear: () => void }) {
  const { t } = useTranslation();
  const { message } = useMessages();
  if (people.length === 0) return null;
  const copy = async (lines: string[]) => {
    await navigator.clipboard.writeText(lines.filter(Boolean).join("\n"));
    void message.success(t("ui.copied"));
  };
  const mails = people.flatMap(({ workMail }) => (workMail ? [workMail] : []));
  return (
    <div
      className={`${styles.bar ?? ""} no-print`}
      role="region"
      aria-label={t("ui.selected", { count: people.length })}
      data-testid="selection-bar"
    >
      <strong>{t("ui.selected", { count: people.length })}</strong>
      <Button size="small" onClick={() => void copy(people.map(({ number }) => number ?? ""))}>
        {t("people.copyNumbers")}
      </Button>
      <Button
        size="small"
        onClick={() =>
          void copy(
            people.map(
              (person) =>
                `${named(person.name, person.nameEn)}\t${person.number ?? ""}\t${named(person.unitName, person.unitNameEn)}`,
            ),
          )
        }
      >
        {t("people.copyNames")}
      </Button>
      <Button size="small" disabled={mails.length === 0} onClick={() => void copy(mails)}>
        {t("people.copyMails")}
      </Button>
      <Button size="small" type="text" onClick={onClear}>
        {t("ui.unselect")}
      </Button>
    </div>
  );
}
