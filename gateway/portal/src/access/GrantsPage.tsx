import { Button, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { GrantState } from "@/api/contract";
import { useRights } from "@/api/me";
import { listGrants, listRoles } from "@/api/methods";
import { usePages, useRead } from "@/api/queries";
import { useAddress } from "@/ui/address";
import { Chip } from "@/ui/chips";
import { Page } from "@/ui/Page";
import { PersonPicker, UnitPicker } from "@/ui/pickers";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";
import { GrantTable } from "./GrantTable";
import { lazily } from "@/ui/lazily";

const GiveDialog = lazily(async () => ({ default: (await import("./GiveDialog")).GiveDialog }));

const states = [
  "GRANT_STATE_ACTIVE",
  "GRANT_STATE_PLANNED",
  "GRANT_STATE_EXPIRED",
  "GRANT_STATE_REVOKED",
] as const satisfies readonly GrantState[];

const short = (state: GrantState) => state.replace("GRANT_STATE_", "").toLowerCase();

/** Who holds which right beyond what follows from their place, and who gave it. */
export default function GrantsPage() {
  const { t } = useTranslation();
  const address = useAddress();
  const rights = useRights();
  const asked = address.get("state");
  const state = asked === "any" ? undefined : (states.find((one) => short(one) === asked) ?? "GRANT_STATE_ACTIVE");
  const query = usePages(listGrants, {
    employeeId: address.get("person"),
    role: address.get("role"),
    unitId: address.get("unit"),
    state,
    byHand: address.get("all") !== "1",
    pageSize: 100,
  });
  const roles = useRead(listRoles, {}, { staleTime: 300_000 });
  const giving = address.get("give");
  const mayGive = rights.holds("identity.grant.manage");
  const give = mayGive ? (
    <Button type="primary" onClick={() => address.set({ give: "1" })} data-testid="give">
      {t("access.give")}
    </Button>
  ) : null;
  return (
    <Page title={t("access.grantsTitle")} actions={give}>
      <section aria-label={t("ui.filters")} className="stack" style={{ gap: 8 }}>
        <div className="row">
          <PersonPicker
            width={220}
            label={t("access.who")}
            placeholder={t("access.anybody")}
            value={address.get("person") || undefined}
            onChange={(person) => address.set({ person: person ?? "" })}
          />
          <Select
            aria-label={t("access.role")}
            placeholder={t("access.anyRole")}
            allowClear
            style={{ width: 180 }}
            value={address.get("role") || null}
            onChange={(role: string | null) => address.set({ role: role ?? "" })}
            options={(roles.data?.roles ?? []).map(({ role, label }) => ({ value: role ?? "", label }))}
          />
          <UnitPicker
            width={180}
            label={t("access.whichUnit")}
            placeholder={t("access.anyUnit")}
            value={address.get("unit") || undefined}
            onChange={(unit) => address.set({ unit: unit ?? "" })}
          />
          <Chip
            on={address.get("all") === "1"}
            onToggle={() => address.set({ all: address.get("all") === "1" ? "" : "1" })}
          >
            {t("access.withAutomatic")}
          </Chip>
        </div>
        <div className="row">
          {states.map((one) => (
            <Chip
              key={one}
              on={state === one}
              onToggle={() => address.set({ state: state === one ? "any" : short(one) })}
            >
              {t(`access.grantState.${one}`)}
            </Chip>
          ))}
        </div>
      </section>
      <Shown query={query} bones={<BonesTable />}>
        {({ pages }) => {
          const grants = pages.flatMap((page) => page.grants ?? []);
          if (grants.length === 0)
            return (
              <Empty title={t("access.grantsNone")} action={give}>
                {t("access.grantsNoneHelp")}
              </Empty>
            );
          return (
            <GrantTable
              grants={grants}
              more={{
                has: query.hasNextPage,
                loading: query.isFetchingNextPage,
                load: () => void query.fetchNextPage(),
              }}
            />
          );
        }}
      </Shown>
      {giving && mayGive ? (
        <GiveDialog {...(giving === "1" ? {} : { employeeId: giving })} onClose={() => address.set({ give: "" })} />
      ) : null}
    </Page>
  );
}
