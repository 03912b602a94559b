import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { Fairness, GetFairnessRequest } from "@/api/contract";
import { getFairness } from "@/api/matching";
import { useRights } from "@/api/me";
import { useRead } from "@/api/queries";
import { useAddress, type AddressState } from "@/ui/address";
import { Chip } from "@/ui/chips";
import { today } from "@/ui/days";
import { LinkButton } from "@/ui/LinkButton";
import { Page } from "@/ui/Page";
import { DayPicker } from "@/ui/pickers";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";
import styles from "./Fairness.module.css";
import { askedFor, bestOf, groupings, isBackwards, yearBefore } from "./figures";
import { GroupTable } from "./GroupTable";
import { Reckoning } from "./Reckoning";

/** Were groups treated alike in placement decisions? */
export default function FairnessPage() {
  const { t } = useTranslation();
  const address = useAddress();
  const request = askedFor(address.get);
  const backwards = isBackwards(request);
  const query = useRead(getFairness, backwards ? null : request, { keep: true });
  return (
    <Page title={t("fairness.title")} about={t("fairness.about")}>
      <Filters address={address} request={request} />
      {backwards ? (
        <Empty title={t("fairness.backwards")} action={<LastYear address={address} />}>
          {t("fairness.backwardsHelp")}
        </Empty>
      ) : (
        <Shown query={query} bones={<BonesTable rows={4} columns={6} />}>
          {(fairness) => <Found fairness={fairness} address={address} request={request} />}
        </Shown>
      )}
    </Page>
  );
}

interface FiltersProps {
  address: AddressState;
  request: GetFairnessRequest;
}

function Filters({ address, request }: FiltersProps) {
  const { t } = useTranslation();
  const { by, fromOn = "", untilOn = "" } = request;
  return (
    <section aria-label={t("ui.filters")} className="row">
      <div role="group" aria-label={t("fairness.byTitle")} className="row">
        {groupings.map((one) => (
          <Chip key={one} on={one === by} onToggle={() => address.set({ by: one })} testid={`by-${one}`}>
            {t(`fairness.by.${one}`)}
          </Chip>
        ))}
      </div>
      <div className={styles.days}>
        <DayPicker
          width={150}
          label={t("fairness.from")}
          placeholder={yearBefore(request)}
          value={fromOn || undefined}
          onChange={(from) => address.set({ from })}
          {...(untilOn ? { max: untilOn } : {})}
          testid="from"
        />
        <span aria-hidden>–</span>
        <DayPicker
          width={150}
          label={t("fairness.until")}
          placeholder={today()}
          value={untilOn || undefined}
          onChange={(until) => address.set({ until })}
          {...(fromOn ? { min: fromOn } : {})}
          testid="until"
        />
      </div>
    </section>
  );
}

function LastYear({ address }: { address: AddressState }) {
  const { t } = useTranslation();
  return (
    <Button type="primary" onClick={() => address.set({ from: "", until: "" })}>
      {t("fairness.lastYear")}
    </Button>
  );
}

interface FoundProps extends FiltersProps {
  fairness: Fairness;
}

function Found({ fairness, address, request }: FoundProps) {
  const { t } = useTranslation();
  const { groups = [], candidates = 0, words } = fairness;
  if (groups.length === 0)
    return (
      <>
        <Empty title={t("fairness.none")} action={<Next address={address} request={request} />}>
          {words}
        </Empty>
        <p className="quiet">
          <Refused fairness={fairness} />
        </p>
        <Reckoning />
      </>
    );
  return (
    <>
      <section className="panel stack" aria-label={t("fairness.says")} style={{ gap: 8 }}>
        <p className={styles.words} data-testid="fairness-words">
          {words}
        </p>
        <Cautions fairness={fairness} />
        <p className={`quiet ${styles.totals ?? ""}`}>
          <span>{t("fairness.decided", { count: candidates })}</span>
          <Refused fairness={fairness} />
        </p>
      </section>
      <GroupTable groups={groups} />
      <Reckoning />
    </>
  );
}

/** What to know before reading a ratio: it takes somebody to be compared with. */
function Cautions({ fairness }: { fairness: Fairness }) {
  const { t } = useTranslation();
  const { groups = [] } = fairness;
  const best = bestOf(groups);
  if (groups.length === 1) return <p>{t("fairness.alone")}</p>;
  if (groups.every(({ selected = 0 }) => selected === 0)) return <p>{t("fairness.nobody")}</p>;
  return best?.small ? <p data-testid="small-best">{t("fairness.smallBest", { name: best.name ?? "" })}</p> : null;
}

function Refused({ fairness: { refused = 0 } }: { fairness: Fairness }) {
  const { t } = useTranslation();
  return (
    <span data-testid="refused">
      {refused > 0 ? t("fairness.refused", { count: refused }) : t("fairness.refusedNone")}
    </span>
  );
}

/** Where there are no decisions: a wider time, or else where they are made. */
function Next({ address, request }: FiltersProps) {
  const { t } = useTranslation();
  const rights = useRights();
  if (request.fromOn || request.untilOn) return <LastYear address={address} />;
  return rights.holds("talent.case.take_part") ? (
    <LinkButton to="/placements">{t("fairness.toCases")}</LinkButton>
  ) : null;
}
