import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { EmployeeSummary } from "@/api/contract";
import { useRights } from "@/api/me";
import { listEmployees } from "@/api/methods";
import { usePages } from "@/api/queries";
import { useAddress } from "@/ui/address";
import { DataTable } from "@/ui/DataTable";
import { useKept } from "@/ui/kept";
import { LinkButton } from "@/ui/LinkButton";
import { named } from "@/ui/naming";
import { Page } from "@/ui/Page";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";
import { defaultColumns, usePeopleColumns } from "./columns";
import { requestOf } from "./filters";
import { PeopleFilters } from "./PeopleFilters";
import { SelectionBar } from "./SelectionBar";
import { lazily } from "@/ui/lazily";

const PeekDrawer = lazily(async () => ({ default: (await import("./PeekDrawer")).PeekDrawer }));

export default function PeoplePage() {
  const { t } = useTranslation();
  const address = useAddress();
  const rights = useRights();
  const query = usePages(listEmployees, requestOf(address));
  const [chosenColumns, chooseColumns] = useKept("people.columns", defaultColumns);
  const columns = usePeopleColumns().filter(({ key }) => key === "person" || chosenColumns.includes(key));
  const [selected, select] = useState<ReadonlySet<string>>(new Set());
  const [peek, setPeek] = useState<EmployeeSummary>();
  const filtered = ["q", "unit", "post", "manager", "status"].some((name) => address.get(name));
  const mayHire = rights.holds("employees.lifecycle.hire");

  const actions = (
    <>
      {rights.overAll("employees.import.run") ? <LinkButton to="/imports/new">{t("people.import")}</LinkButton> : null}
      {mayHire ? (
        <LinkButton to="/people/new" type="primary" data-testid="hire">
          {t("places.hire")}
        </LinkButton>
      ) : null}
    </>
  );
  const empty = filtered ? (
    <Empty
      title={t("people.noMatch")}
      action={
        <Button onClick={() => address.set({ q: "", unit: "", post: "", manager: "", status: [] })}>
          {t("people.clearFilters")}
        </Button>
      }
    >
      {t("people.noMatchHelp")}
    </Empty>
  ) : (
    <Empty title={t("people.none")} action={actions}>
      {t("people.noneHelp")}
    </Empty>
  );
  return (
    <Page title={t("people.title")} actions={actions}>
      <PeopleFilters address={address} columns={chosenColumns} onColumns={chooseColumns} />
      <Shown query={query} bones={<BonesTable />}>
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.employees ?? []);
          if (rows.length === 0) return empty;
          return (
            <>
              <DataTable
                label={t("people.title")}
                testid="people-table"
                rows={rows}
                columns={columns}
                keyOf={(person) => person.employeeId ?? ""}
                nameOf={(person) => named(person.name, person.nameEn)}
                onOpen={setPeek}
                selection={{ keys: selected, onChange: select }}
                more={{
                  has: query.hasNextPage,
                  loading: query.isFetchingNextPage,
                  load: () => void query.fetchNextPage(),
                  total: pages[0]?.total ?? rows.length,
                }}
              />
              <SelectionBar
                people={rows.filter(({ employeeId }) => selected.has(employeeId ?? ""))}
                onClear={() => select(new Set())}
              />
            </>
          );
        }}
      </Shown>
      {peek ? <PeekDrawer person={peek} onClose={() => setPeek(undefined)} /> : null}
    </Page>
  );
}
