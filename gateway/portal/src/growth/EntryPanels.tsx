import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Entry } from "@/api/contract";
import { useAddress } from "@/ui/address";
import { Status, type Tone } from "@/ui/chips";
import { addDays, today } from "@/ui/days";
import { named } from "@/ui/naming";
import { Day } from "@/ui/When";
import { Source } from "@/talent/Source";
import { ENDING_DAYS, ofKind, validityOf, type Validity } from "./entries";
import { EntryActions } from "./EntryActions";
import styles from "./Growth.module.css";
import { Panel } from "./Panel";
import type { GrowthRights } from "./rights";

interface PanelsProps {
  entries: readonly Entry[];
  rights: GrowthRights;
}

interface ListProps extends PanelsProps {
  none: string;
  value?: (entry: Entry) => ReactNode;
  nameOf?: (entry: Entry) => string;
}

function EntryList({
  entries,
  rights,
  none,
  value,
  nameOf = ({ title, titleEn }) => named(title, titleEn),
}: ListProps) {
  if (entries.length === 0) return <p className="quiet">{none}</p>;
  return (
    <ul className={styles.entries}>
      {entries.map((entry) => (
        <li key={entry.entryId}>
          <span className="row" style={{ columnGap: 12 }}>
            <strong>{nameOf(entry)}</strong>
            {value?.(entry)}
          </span>
          <EntryActions entry={entry} name={nameOf(entry)} commands={rights.commandsFor(entry)} />
          <Source entry={entry} />
        </li>
      ))}
    </ul>
  );
}

const tones: Record<Validity, Tone> = { open: "done", valid: "done", ending: "attention", over: "danger" };

function ValidTo({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const validity = validityOf(entry, today(), addDays(today(), ENDING_DAYS));
  return (
    <>
      <Status tone={tones[validity]}>{t(`growth.validity.${validity}`)}</Status>
      {entry.validTo ? (
        <span className="quiet">
          {t("growth.until")} <Day on={entry.validTo} />
        </span>
      ) : null}
    </>
  );
}

/** What was achieved and measured: reviews, measured indicators, certificates and awards. */
export function EntryPanels({ entries, rights }: PanelsProps) {
  const { t } = useTranslation();
  const address = useAddress();
  const indicators = ofKind(entries, "ENTRY_KIND_INDICATOR");
  const add = (kind: "certificate" | "award") =>
    rights.records ? (
      <Button size="small" onClick={() => address.set({ do: `record-${kind}` })} data-testid={`record-${kind}`}>
        {t(`growth.do.${kind}`)}
      </Button>
    ) : null;
  return (
    <>
      <Panel title={t("growth.reviews")} testid="reviews">
        <EntryList
          entries={ofKind(entries, "ENTRY_KIND_REVIEW")}
          rights={rights}
          none={t("growth.reviewsNone")}
          value={({ value, scale }) => (
            <span className="number">
              {value}
              {scale ? <span className="quiet"> / {scale}</span> : null}
            </span>
          )}
        />
      </Panel>
      {indicators.length > 0 ? (
        <Panel title={t("growth.indicators")} testid="indicators">
          <EntryList
            entries={indicators}
            rights={rights}
            none=""
            value={({ value, scale }) => (
              <span className="number">
                {value} {scale}
              </span>
            )}
          />
        </Panel>
      ) : null}
      <Panel title={t("growth.certificates")} actions={add("certificate")} testid="certificates">
        <EntryList
          entries={ofKind(entries, "ENTRY_KIND_CERTIFICATE")}
          rights={rights}
          none={t("growth.certificatesNone")}
          value={(entry) => <ValidTo entry={entry} />}
        />
      </Panel>
      <Panel title={t("growth.awards")} actions={add("award")} testid="awards">
        <EntryList entries={ofKind(entries, "ENTRY_KIND_AWARD")} rights={rights} none={t("growth.awardsNone")} />
      </Panel>
    </>
  );
}

/** How fast they learn and how far they may go, as managers rate it. The person sees it too. */
export function PotentialPanel({ entries, rights }: PanelsProps) {
  const { t } = useTranslation();
  const address = useAddress();
  return (
    <Panel
      title={t("growth.potential")}
      note={t(rights.mine ? "growth.potentialMine" : "growth.potentialNote")}
      testid="potential"
      actions={
        rights.rates ? (
          <Button size="small" onClick={() => address.set({ do: "rate-potential" })} data-testid="rate-potential">
            {t("growth.do.ratePotential")}
          </Button>
        ) : null
      }
    >
      <EntryList
        entries={ofKind(entries, "ENTRY_KIND_POTENTIAL")}
        rights={rights}
        none={t("growth.potentialNone")}
        nameOf={({ potential = "POTENTIAL_KIND_UNSPECIFIED" }) => t(`talent.potential.${potential}`)}
        value={(entry) => <PotentialWords entry={entry} />}
      />
    </Panel>
  );
}

export function PotentialWords({ entry: { potential, level = 0 } }: { entry: Entry }) {
  const { t } = useTranslation();
  if (potential === "POTENTIAL_KIND_LEARNING" && (level === 1 || level === 2 || level === 3))
    return (
      <span>
        {t(`talent.learning.${level}`)} <span className="quiet number">{level} / 3</span>
      </span>
    );
  if (level === 1 || level === 2 || level === 3 || level === 4 || level === 5)
    return (
      <span>
        {t(`talent.growthLevel.${level}`)} <span className="quiet number">{level} / 5</span>
      </span>
    );
  return null;
}
