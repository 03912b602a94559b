import { CheckCircleFilled, ExclamationCircleOutlined } from "@ant-design/icons";
import { Popover } from "antd";
import { useTranslation } from "react-i18next";
import type { Entry } from "@/api/contract";
import { PersonById } from "@/ui/Person";
import { Day, Moment } from "@/ui/When";
import styles from "./talent.module.css";

/** The person says it is wrong, and nobody has answered yet. */
export function isContested({ contested, contestAnswer }: Entry): boolean {
  return Boolean(contested) && !contestAnswer;
}

/** Where a value comes from and how old it is; who, when, by what and whether it is confirmed on hover, focus or tap. */
export function Source({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const { source = "ENTRY_SOURCE_UNSPECIFIED", observedOn, verifiedBy } = entry;
  return (
    <span className="row" style={{ gap: 6 }}>
      <Popover content={<About entry={entry} />} trigger={["hover", "focus", "click"]}>
        <button type="button" className={`${styles.plain ?? ""} ${styles.source ?? ""}`} data-testid="source">
          {t(`talent.source.${source}`)} <span className="number">{observedOn}</span>
        </button>
      </Popover>
      {verifiedBy ? (
        <span className={styles.verified} title={t("talent.verifiedHelp")}>
          <CheckCircleFilled aria-hidden /> {t("talent.verified")}
        </span>
      ) : null}
      <Contested entry={entry} />
    </span>
  );
}

export function Contested({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  if (!isContested(entry)) return null;
  return (
    <span className={styles.contested} title={entry.contested} data-testid="contested">
      <ExclamationCircleOutlined aria-hidden /> {t("talent.contested")}
    </span>
  );
}

function About({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const { source = "ENTRY_SOURCE_UNSPECIFIED", contested, contestAnswer } = entry;
  const lines = [
    {
      name: t("talent.recordedBy"),
      value: <PersonById id={entry.recordedBy} otherwise={t(`talent.source.${source}`)} />,
    },
    { name: t("talent.observedOn"), value: <Day on={entry.observedOn} exact /> },
    { name: t("talent.recordedAt"), value: <Moment at={entry.recordedAt} /> },
    { name: t("talent.evidence"), value: entry.evidence || <span className="quiet">{t("talent.noEvidence")}</span> },
    ...(entry.validTo ? [{ name: t("talent.validTo"), value: <Day on={entry.validTo} exact /> }] : []),
    {
      name: t("talent.verifiedBy"),
      value: <PersonById id={entry.verifiedBy} otherwise={t("talent.notVerified")} />,
    },
    ...(contested ? [{ name: t("talent.contestedWhy"), value: contested }] : []),
    ...(contestAnswer ? [{ name: t("talent.contestAnswer"), value: contestAnswer }] : []),
  ];
  return (
    <dl className={styles.about}>
      {lines.map(({ name, value }) => (
        <div key={name}>
          <dt className="quiet" style={{ fontSize: 12 }}>
            {name}
          </dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
