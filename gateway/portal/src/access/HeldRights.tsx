import { useTranslation } from "react-i18next";
import type { Grant, HeldRight } from "@/api/contract";
import { listRoles } from "@/api/methods";
import { useRead } from "@/api/queries";
import { DataTable } from "@/ui/DataTable";
import { Empty } from "@/ui/states";
import { Day, Moment } from "@/ui/When";
import { dayOf } from "@/ui/days";
import { ScopeText } from "./ScopeText";

interface HeldRightsProps {
  rights: readonly HeldRight[];
  grants?: readonly Grant[];
}

/** Rights in words, each with its reach, since when, and the grant it comes from. */
export function HeldRights({ rights, grants = [] }: HeldRightsProps) {
  const { t } = useTranslation();
  const roles = useRead(listRoles, {}, { staleTime: 300_000 });
  const labels = new Map((roles.data?.roles ?? []).map(({ role, label }) => [role, label]));
  const reasons = new Map(
    grants.map(({ grantId, reason, source }) => [grantId, reason || (source ? t(`access.source.${source}`) : "")]),
  );
  if (rights.length === 0) return <Empty title={t("access.noRights")}>{t("access.noRightsHelp")}</Empty>;
  return (
    <DataTable
      label={t("access.rightsNow")}
      testid="held-rights"
      rows={rights}
      keyOf={({ permission, grantId, scope }) =>
        `${permission ?? ""}/${grantId ?? ""}/${scope?.kind ?? ""}/${scope?.unitId ?? ""}`
      }
      columns={[
        {
          key: "right",
          title: t("access.right"),
          cell: ({ label, permission }) => <span title={permission}>{label || permission}</span>,
        },
        { key: "scope", title: t("access.reach"), cell: ({ scope }) => <ScopeText scope={scope} /> },
        {
          key: "role",
          title: t("access.fromRole"),
          from: "tablet",
          cell: ({ role }) => labels.get(role ?? "") ?? role,
        },
        ...(grants.length > 0
          ? [
              {
                key: "why",
                title: t("access.why"),
                from: "desk" as const,
                cell: ({ grantId }: HeldRight) => reasons.get(grantId) ?? "",
              },
            ]
          : []),
        {
          key: "since",
          title: t("access.since"),
          number: true,
          from: "tablet",
          cell: ({ since }) => <Moment at={since} />,
        },
        {
          key: "until",
          title: t("access.until"),
          number: true,
          from: "tablet",
          cell: ({ until }) =>
            until ? <Day on={dayOf(new Date(until))} /> : <span className="quiet">{t("ui.always")}</span>,
        },
      ]}
    />
  );
}
