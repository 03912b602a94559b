import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Grant, GrantState } from "@/api/contract";
import { useMyId, useRights } from "@/api/me";
import { Status, type Tone } from "@/ui/chips";
import { DataTable } from "@/ui/DataTable";
import { PersonById } from "@/ui/Person";
import { Day, Moment } from "@/ui/When";
import { dayOf } from "@/ui/days";
import { ScopeText } from "./ScopeText";
import { lazily } from "@/ui/lazily";

const RevokeDialog = lazily(async () => ({ default: (await import("./RevokeDialog")).RevokeDialog }));

const tones: Record<GrantState, Tone> = {
  GRANT_STATE_UNSPECIFIED: "quiet",
  GRANT_STATE_PLANNED: "action",
  GRANT_STATE_ACTIVE: "done",
  GRANT_STATE_EXPIRED: "hollow",
  GRANT_STATE_REVOKED: "danger",
};

interface GrantTableProps {
  grants: readonly Grant[];
  withPerson?: boolean;
  more?: { has: boolean; loading: boolean; load: () => void };
}

export function GrantTable({ grants, withPerson = true, more }: GrantTableProps) {
  const { t } = useTranslation();
  const rights = useRights();
  const myId = useMyId();
  const [revoking, setRevoking] = useState<Grant>();
  const mayManage = rights.holds("identity.grant.manage");
  const takeable = (grant: Grant) =>
    mayManage &&
    grant.employeeId !== myId &&
    (grant.state === "GRANT_STATE_ACTIVE" || grant.state === "GRANT_STATE_PLANNED") &&
    grant.source !== "GRANT_SOURCE_EMPLOYMENT" &&
    grant.source !== "GRANT_SOURCE_REPORTS";
  return (
    <>
      <DataTable
        label={t("access.grants")}
        testid="grants-table"
        rows={grants}
        keyOf={({ grantId }) => grantId ?? ""}
        {...(more ? { more } : {})}
        columns={[
          ...(withPerson
            ? [
                {
                  key: "who",
                  title: t("access.who"),
                  cell: (grant: Grant) =>
                    grant.employeeId ? (
                      <PersonById id={grant.employeeId} otherwise={grant.username ?? ""} link plain={false} />
                    ) : (
                      <span>{grant.username}</span>
                    ),
                },
              ]
            : []),
          { key: "role", title: t("access.role"), cell: ({ roleLabel, role }) => roleLabel || role },
          {
            key: "scope",
            title: t("access.reach"),
            from: "tablet",
            cell: (grant) => (
              <ScopeText scope={grant.scope} unitName={grant.scopeUnitName} unitNameEn={grant.scopeUnitNameEn} />
            ),
          },
          // Beside names and buttons a phone has no room for it; the chips above say it there.
          {
            key: "state",
            title: t("access.state"),
            from: withPerson ? "tablet" : "phone",
            cell: ({ state = "GRANT_STATE_UNSPECIFIED" }) => (
              <Status tone={tones[state]}>{t(`access.grantState.${state}`)}</Status>
            ),
          },
          {
            key: "from",
            title: t("access.from"),
            number: true,
            from: "desk",
            cell: ({ startsAt }) => <Moment at={startsAt} />,
          },
          {
            key: "until",
            title: t("access.until"),
            number: true,
            from: "tablet",
            cell: (grant) => <Until grant={grant} />,
          },
          { key: "why", title: t("access.why"), from: "desk", cell: (grant) => <Why grant={grant} /> },
          {
            key: "do",
            title: "",
            cell: (grant) =>
              takeable(grant) ? (
                <Button size="small" danger onClick={() => setRevoking(grant)} data-testid="revoke">
                  {t("access.revoke")}
                </Button>
              ) : null,
          },
        ]}
      />
      {revoking ? <RevokeDialog grant={revoking} onClose={() => setRevoking(undefined)} /> : null}
    </>
  );
}

function Until({ grant }: { grant: Grant }) {
  const { t } = useTranslation();
  if (grant.revokedAt) return <Moment at={grant.revokedAt} />;
  if (!grant.endsAt) return <span className="quiet">{t("ui.always")}</span>;
  return <Day on={dayOf(new Date(grant.endsAt))} />;
}

function Why({ grant }: { grant: Grant }) {
  const { t } = useTranslation();
  const source = grant.source ?? "GRANT_SOURCE_UNSPECIFIED";
  return (
    <span>
      {grant.revokeReason || grant.reason || t(`access.source.${source}`)}
      {grant.givenBy || grant.revokedBy ? (
        <span className="quiet">
          {" "}
          · <PersonById id={grant.revokedBy || grant.givenBy} />
        </span>
      ) : null}
    </span>
  );
}
