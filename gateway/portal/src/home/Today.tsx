import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import { BonesTable, Empty, Failed } from "@/ui/states";
import styles from "./HomePage.module.css";
import { Matters } from "./Matters";
import { useMatters } from "./useMatters";

/** What waits for the caller, most pressing first; each with its day and the way to it. */
export function Today() {
  const { t } = useTranslation();
  const { sections, loading, problem, retry } = useMatters();
  const full = sections.filter(({ matters }) => matters.length > 0);
  if (full.length === 0 && loading) return <BonesTable rows={4} columns={3} />;
  if (full.length === 0 && problem) return <Failed problem={problem} retry={retry} />;
  if (full.length === 0) return <Empty title={t("home.nothing")}>{t("home.nothingHelp")}</Empty>;
  return (
    <>
      {problem ? (
        <Alert
          type="warning"
          showIcon
          title={t("home.partly")}
          description={problem.message || undefined}
          action={<Button onClick={retry}>{t("ui.retry")}</Button>}
          data-testid="today-partly"
        />
      ) : null}
      <div className={styles.today} data-testid="today">
        {full.map((section) => (
          <Matters key={section.key} section={section} />
        ))}
      </div>
    </>
  );
}
