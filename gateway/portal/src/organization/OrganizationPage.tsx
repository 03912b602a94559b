import { Alert, Button, Drawer, Grid } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Unit } from "@/api/contract";
import { useRights } from "@/api/me";
import { listUnits } from "@/api/methods";
import { useRead } from "@/api/queries";
import { useAddress } from "@/ui/address";
import { Chip } from "@/ui/chips";
import { isDay, today } from "@/ui/days";
import { LinkButton } from "@/ui/LinkButton";
import { named } from "@/ui/naming";
import { Page } from "@/ui/Page";
import { DayPicker } from "@/ui/pickers";
import { SearchInput } from "@/ui/SearchInput";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";
import { firstOpen, openFor, treeOf } from "./tree";
import { UnitDetail } from "./UnitDetail";
import { UnitTree } from "./UnitTree";
import styles from "./OrganizationPage.module.css";
import { lazily } from "@/ui/lazily";

const OpenUnitDialog = lazily(async () => ({ default: (await import("./UnitDialogs")).OpenUnitDialog }));

/** How the company is built on a day, and who leads which part. */
export default function OrganizationPage() {
  const { t } = useTranslation();
  const address = useAddress();
  const rights = useRights();
  const asked = address.get("asOf");
  const asOf = isDay(asked) ? asked : "";
  const withClosed = address.get("closed") === "1";
  const query = useRead(listUnits, { asOf, withClosed }, { keep: true });
  const [text, setText] = useState("");
  const mayOpenRoot = rights.overAll("employees.organization.manage") && !asOf;
  const actions = (
    <>
      <DayPicker
        width={140}
        label={t("people.asOf")}
        placeholder={t("people.asOfToday")}
        value={asOf || undefined}
        onChange={(day) => address.set({ asOf: day === today() ? "" : day })}
        testid="as-of"
      />
      {mayOpenRoot ? (
        <Button onClick={() => address.set({ do: "open-root" })} data-testid="open-root">
          {t("organization.openRoot")}
        </Button>
      ) : null}
    </>
  );
  return (
    <Page title={t("organization.title")} actions={actions}>
      {asOf ? (
        <Alert
          type="info"
          showIcon
          title={t("people.asOfShown", { day: asOf })}
          action={
            <Button size="small" onClick={() => address.set({ asOf: "" })}>
              {t("people.backToToday")}
            </Button>
          }
        />
      ) : null}
      <div className="row">
        <SearchInput label={t("organization.find")} value={text} onChange={(next) => setText(next)} width={240} />
        <Chip on={withClosed} onToggle={() => address.set({ closed: withClosed ? "" : "1" })}>
          {t("organization.withClosed")}
        </Chip>
      </div>
      <Shown query={query} bones={<BonesTable />}>
        {({ units = [] }) =>
          units.length === 0 ? (
            <Empty
              title={t("organization.none")}
              action={
                rights.overAll("employees.import.run") ? (
                  <LinkButton to="/imports/new?kind=IMPORT_KIND_UNITS">{t("people.import")}</LinkButton>
                ) : null
              }
            >
              {t("organization.noneHelp")}
            </Empty>
          ) : (
            <Units units={units} text={text} asOf={asOf} />
          )
        }
      </Shown>
      {address.get("do") === "open-root" && mayOpenRoot ? (
        <OpenUnitDialog
          onClose={() => address.set({ do: "" })}
          onOpened={(unitId) => address.set({ unit: unitId, do: "" })}
        />
      ) : null}
    </Page>
  );
}

function Units({ units, text, asOf }: { units: readonly Unit[]; text: string; asOf: string }) {
  const { t } = useTranslation();
  const address = useAddress();
  const wide = Grid.useBreakpoint().xl ?? true;
  const branches = useMemo(() => treeOf(units), [units]);
  const [toggled, setToggled] = useState<Set<string>>();
  const search = text.trim() ? openFor(branches, text.trim()) : undefined;
  const selected = address.get("unit");
  const open = search?.open ?? toggled ?? reachable(firstOpen(branches), units, selected);
  const unit = units.find(({ unitId }) => unitId === selected);
  const toggle = (unitId: string) => {
    const next = new Set(open);
    if (!next.delete(unitId)) next.add(unitId);
    setToggled(next);
  };
  const close = () => address.set({ unit: "" });
  const detail = unit ? <UnitDetail key={selected} unit={unit} units={units} asOf={asOf} /> : null;
  return (
    <div className={styles.columns}>
      <div className={styles.tree}>
        {search?.hits.size === 0 ? <Empty title={t("organization.notFound")} /> : null}
        <UnitTree
          branches={branches}
          open={open}
          hits={search?.hits}
          selected={selected}
          onToggle={toggle}
          onSelect={(unitId) => address.set({ unit: unitId })}
        />
      </div>
      {wide ? (
        <div className={styles.detail}>
          {detail ?? <Empty title={t("organization.choose")}>{t("organization.chooseHelp")}</Empty>}
        </div>
      ) : (
        <Drawer open={unit !== undefined} onClose={close} size="large" title={named(unit?.name, unit?.nameEn)}>
          {detail}
        </Drawer>
      )}
    </div>
  );
}

/** A unit that the address names is seen, however deep it lies. */
function reachable(open: Set<string>, units: readonly Unit[], selected: string): Set<string> {
  const parents = new Map(units.map(({ unitId = "", parentId = "" }) => [unitId, parentId]));
  for (let at = parents.get(selected) ?? ""; at && !open.has(at); at = parents.get(at) ?? "") open.add(at);
  return open;
}
