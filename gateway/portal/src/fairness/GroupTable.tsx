import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { FairnessGroup } from "@/api/contract";
import { points } from "@/matching/figures";
import { Status, type Tone } from "@/ui/chips";
import { sayPercent } from "@/ui/numbers";
import styles from "./Fairness.module.css";
import { bestOf, drawn, fourFifths, standingOf, type Standing } from "./figures";

/**
 * Groups and how they fared. On a phone a row becomes a block with its headings inside; the roles keep it a table for
 * screen readers, which a changed `display` would take away.
 */
export function GroupTable({ groups }: { groups: readonly FairnessGroup[] }) {
  const { t } = useTranslation();
  const best = bestOf(groups);
  return (
    <div className={styles.frame}>
      <table role="table" className={styles.table} aria-label={t("fairness.table")} data-testid="fairness-groups">
        <thead>
          <tr role="row">
            <Heading>{t("fairness.group")}</Heading>
            <Heading number>{t("fairness.candidates")}</Heading>
            <Heading number>{t("fairness.selected")}</Heading>
            <Heading number>{t("fairness.rate")}</Heading>
            <Heading number>{t("fairness.score")}</Heading>
            <Heading>
              {t("fairness.ratio")} <span className={styles.note}>{t("fairness.ratioHelp")}</span>
            </Heading>
          </tr>
        </thead>
        <tbody>
          {groups.map((group, index) => (
            <GroupRow key={`${group.name ?? ""} ${String(index)}`} group={group} standing={standingOf(group, best)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heading({ number = false, children }: { number?: boolean; children: ReactNode }) {
  return (
    <th role="columnheader" scope="col" className={number ? styles.right : undefined}>
      {children}
    </th>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-interactive-element-to-noninteractive-role -- a table's cell is no control
    <td role="cell" className={styles.right}>
      <span className={styles.inside} aria-hidden>
        {name}
      </span>
      {children}
    </td>
  );
}

const tones: Record<Exclude<Standing, "alike">, Tone> = {
  best: "quiet",
  small: "hollow",
  clear: "danger",
  unsure: "attention",
};

function GroupRow({ group, standing }: { group: FairnessGroup; standing: Standing }) {
  const { t } = useTranslation();
  const { name, candidates = 0, selected = 0, rateHundredths = 0, meanScoreHundredths = 0 } = group;
  return (
    <tr role="row" data-testid="fairness-group" data-standing={standing}>
      <th role="rowheader" scope="row">
        <strong>{name}</strong>
        {standing === "alike" ? null : (
          <span className={styles.standing}>
            <Status tone={tones[standing]}>
              <span className={styles.said}>{t(`fairness.${standing}`)}</span>
            </Status>
          </span>
        )}
      </th>
      <Figure name={t("fairness.candidates")}>{t("fairness.people", { count: candidates })}</Figure>
      <Figure name={t("fairness.selected")}>{t("fairness.people", { count: selected })}</Figure>
      <Figure name={t("fairness.rate")}>{sayPercent(rateHundredths / 10_000)}</Figure>
      <Figure name={t("fairness.score")}>
        {meanScoreHundredths > 0 ? points(meanScoreHundredths) : <span className="quiet">{t("fairness.noScore")}</span>}
      </Figure>
      {/* eslint-disable-next-line jsx-a11y/no-interactive-element-to-noninteractive-role -- a table's cell is no control */}
      <td role="cell" className={styles.wide}>
        <span className={styles.inside} aria-hidden>
          {t("fairness.ratio")} ({t("fairness.ratioHelp")})
        </span>
        <Ratio group={group} />
      </td>
    </tr>
  );
}

/** The ratio on its scale with where it may lie; the line is where four fifths are. */
function Ratio({ group }: { group: FairnessGroup }) {
  const { t } = useTranslation();
  const { ratioHundredths = 0, ratioLowHundredths = 0, ratioHighHundredths = 0, small = false } = group;
  const { from, width, at, beyond } = drawn(group);
  return (
    <div className={styles.ratio}>
      <span className="number">
        <strong>{sayPercent(ratioHundredths / 100)}</strong>{" "}
        {width > 0 ? (
          <span className="quiet">
            {t("fairness.interval", {
              low: sayPercent(ratioLowHundredths / 100),
              high: sayPercent(ratioHighHundredths / 100),
            })}
          </span>
        ) : null}
      </span>
      <span className={styles.scale} aria-hidden>
        <span
          className={`${styles.range ?? ""} ${beyond ? (styles.beyond ?? "") : ""} ${small ? (styles.weak ?? "") : ""}`}
          style={{ insetInlineStart: `${String(from)}%`, width: `${String(width)}%` }}
        />
        <span className={styles.line} style={{ insetInlineStart: `${String(fourFifths)}%` }} />
        <span className={styles.marker} style={{ insetInlineStart: `${String(at)}%` }} />
      </span>
    </div>
  );
}
