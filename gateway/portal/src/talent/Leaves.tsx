import { useTranslation } from "react-i18next";
import { Status } from "@/ui/chips";
import { fullDay, longDay } from "@/ui/days";
import styles from "./talent.module.css";

/** That somebody has given notice, and until when they work; nothing of anybody else. */
export function Leaves({ on }: { on: string | undefined }) {
  const { t } = useTranslation();
  if (!on) return null;
  return (
    <div className={styles.leaves}>
      <Status tone="attention">
        <time dateTime={on} title={fullDay(on)} data-testid="leaves">
          {t("talent.leaves", { day: longDay(on) })}
        </time>
      </Status>
    </div>
  );
}
