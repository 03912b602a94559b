import { Button } from "antd";
import { Suspense, lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Unit } from "@/api/contract";
import { useRights } from "@/api/me";
import { useAddress } from "@/ui/address";
import { Facts } from "@/ui/facts";
import { LinkButton } from "@/ui/LinkButton";
import { named } from "@/ui/naming";
import { sayNumber } from "@/ui/numbers";
import { PersonById } from "@/ui/Person";
import { Bone } from "@/ui/states";
import { Day } from "@/ui/When";
import { PostsPanel } from "./PostsPanel";
import { pathOf } from "./unitPath";
import { lazily } from "@/ui/lazily";

const ChangeUnitDialog = lazily(async () => ({ default: (await import("./UnitDialogs")).ChangeUnitDialog }));
const CloseUnitDialog = lazily(async () => ({ default: (await import("./UnitDialogs")).CloseUnitDialog }));
const OpenUnitDialog = lazily(async () => ({ default: (await import("./UnitDialogs")).OpenUnitDialog }));

const Trend = lazy(() => import("./Trend"));

interface UnitDetailProps {
  unit: Unit;
  units: readonly Unit[];
  asOf: string;
}

/** One unit: who leads it, what belongs to it, and its posts. */
export function UnitDetail({ unit, units, asOf }: UnitDetailProps) {
  const { t } = useTranslation();
  const rights = useRights();
  const address = useAddress();
  const [trend, setTrend] = useState(false);
  const path = pathOf(units, unit.unitId);
  const manages = rights.over("employees.organization.manage", "", path) && !asOf && !unit.closedOn;
  const names = new Map(units.map((one) => [one.unitId ?? "", named(one.name, one.nameEn)]));
  const start = (command: string) => address.set({ do: command });
  const close = () => address.set({ do: "" });
  const command = manages ? address.get("do") : "";
  return (
    <div className="stack" data-testid="unit-detail">
      <section className="panel stack">
        <div className="row" style={{ justifyContent: "space-between" }}>
          <div>
            <p className="quiet">
              {path
                .slice(1)
                .reverse()
                .map((id) => names.get(id))
                .join(" / ")}
            </p>
            <h2 style={{ fontSize: 16 }}>{named(unit.name, unit.nameEn)}</h2>
          </div>
          {rights.overOthers("employees.person.read") ? (
            <LinkButton size="small" to={`/people?unit=${unit.unitId ?? ""}`}>
              {t("organization.seePeople")}
            </LinkButton>
          ) : null}
        </div>
        <Facts
          facts={[
            { name: t("organization.code"), value: unit.code },
            {
              name: t("organization.head"),
              value: <PersonById id={unit.headId} otherwise={unit.headId ? "…" : t("organization.vacant")} link />,
            },
            {
              name: t("organization.peopleHere"),
              value: <span className="number">{sayNumber(unit.people ?? 0)}</span>,
            },
            {
              name: t("organization.peopleBelow"),
              value: <span className="number">{sayNumber(unit.peopleBelow ?? 0)}</span>,
            },
            { name: t("organization.since"), value: <Day on={unit.since} exact /> },
            ...(unit.closedOn ? [{ name: t("organization.closedOn"), value: <Day on={unit.closedOn} exact /> }] : []),
          ]}
        />
        <div className="row">
          {manages ? (
            <>
              <Button size="small" onClick={() => start("change")} data-testid="unit-change">
                {t("organization.change")}
              </Button>
              <Button size="small" onClick={() => start("open")} data-testid="unit-open">
                {t("organization.openBelow")}
              </Button>
              <Button size="small" danger onClick={() => start("close")} data-testid="unit-close">
                {t("organization.close")}
              </Button>
            </>
          ) : null}
          <Button size="small" type="text" aria-expanded={trend} onClick={() => setTrend(!trend)}>
            {t("organization.trend")}
          </Button>
        </div>
        {trend ? (
          <Suspense fallback={<Bone height={180} />}>
            <Trend unitId={unit.unitId ?? ""} />
          </Suspense>
        ) : null}
      </section>
      <PostsPanel unit={unit} names={names} manages={manages} />
      {command === "change" ? <ChangeUnitDialog unit={unit} onClose={close} /> : null}
      {command === "open" ? (
        <OpenUnitDialog parent={unit} onClose={close} onOpened={(unitId) => address.set({ unit: unitId, do: "" })} />
      ) : null}
      {command === "close" ? <CloseUnitDialog unit={unit} onClose={close} /> : null}
    </div>
  );
}
