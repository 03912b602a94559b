import { Button, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AccessRequest, AccessRequestState } from "@/api/contract";
import { useMe, useRights } from "@/api/me";
import { listAccessRequests } from "@/api/methods";
import { usePages } from "@/api/queries";
import { useAddress } from "@/ui/address";
import { Status, type Tone } from "@/ui/chips";
import { DataTable, type Column } from "@/ui/DataTable";
import { Page } from "@/ui/Page";
import { PersonById } from "@/ui/Person";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";
import { Moment } from "@/ui/When";
import { ScopeText } from "./ScopeText";
import { lazily } from "@/ui/lazily";

const DecideDialog = lazily(async () => ({ default: (await import("./DecideDialog")).DecideDialog }));

const AskDialog = lazily(async () => ({ default: (await import("./AskDialog")).AskDialog }));

const tones: Record<AccessRequestState, Tone> = {
  ACCESS_REQUEST_STATE_UNSPECIFIED: "quiet",
  ACCESS_REQUEST_STATE_OPEN: "attention",
  ACCESS_REQUEST_STATE_APPROVED: "done",
  ACCESS_REQUEST_STATE_DECLINED: "danger",
  ACCESS_REQUEST_STATE_LAPSED: "hollow",
};

/** Requests that wait for the caller's decision, and the caller's own. */
export default function RequestsPage() {
  const { t } = useTranslation();
  const address = useAddress();
  const { requestsWaiting = 0 } = useMe();
  const decides = useRights().holds("identity.grant.manage");
  const asked = address.get("view");
  const view = asked === "mine" || (asked === "" && !decides) ? "mine" : "decide";
  const ask = (
    <Button type={view === "mine" ? "primary" : "default"} onClick={() => address.set({ ask: "1" })} data-testid="ask">
      {t("access.ask")}
    </Button>
  );
  return (
    <Page title={t("access.requestsTitle")} actions={ask}>
      {decides ? (
        <Segmented
          value={view}
          onChange={(next) => address.set({ view: next })}
          options={[
            { value: "decide", label: t("access.toDecide", { count: requestsWaiting }) },
            { value: "mine", label: t("access.ownRequests") },
          ]}
          style={{ alignSelf: "flex-start" }}
        />
      ) : null}
      <Requests key={view} view={view} />
      {address.get("ask") ? <AskDialog onClose={() => address.set({ ask: "" })} /> : null}
    </Page>
  );
}

function Requests({ view }: { view: "decide" | "mine" }) {
  const { t } = useTranslation();
  const [deciding, setDeciding] = useState<{ request: AccessRequest; approve: boolean }>();
  const query = usePages(listAccessRequests, { toDecide: view === "decide", pageSize: 50 });
  const columns: Column<AccessRequest>[] = [
    ...(view === "decide"
      ? [
          {
            key: "who",
            title: t("access.whoAsks"),
            cell: ({ employeeId }: AccessRequest) => <PersonById id={employeeId} link plain={false} />,
          },
        ]
      : []),
    { key: "role", title: t("access.role"), cell: ({ roleLabel, role }) => roleLabel || role },
    {
      key: "scope",
      title: t("access.reach"),
      from: "tablet",
      cell: (one) => <ScopeText scope={one.scope} unitName={one.scopeUnitName} unitNameEn={one.scopeUnitNameEn} />,
    },
    {
      key: "days",
      title: t("access.forDays"),
      number: true,
      from: "tablet",
      cell: ({ days = 0 }) => t("access.daysCount", { count: days }),
    },
    { key: "why", title: t("access.why"), from: "tablet", cell: ({ reason }) => reason },
    {
      key: "at",
      title: t("access.askedAt"),
      number: true,
      from: "desk",
      cell: ({ requestedAt }) => <Moment at={requestedAt} ago />,
    },
    ...(view === "mine"
      ? [
          {
            key: "state",
            title: t("access.state"),
            cell: ({ state = "ACCESS_REQUEST_STATE_UNSPECIFIED" as const }: AccessRequest) => (
              <Status tone={tones[state]}>{t(`access.requestState.${state}`)}</Status>
            ),
          },
          {
            key: "by",
            title: t("access.decidedBy"),
            from: "desk" as const,
            cell: ({ decidedBy, decisionNote }: AccessRequest) =>
              decidedBy ? (
                <span>
                  <PersonById id={decidedBy} /> {decisionNote}
                </span>
              ) : (
                <span className="quiet">—</span>
              ),
          },
        ]
      : [
          {
            key: "do",
            title: "",
            cell: (request: AccessRequest) =>
              request.canDecide && request.state === "ACCESS_REQUEST_STATE_OPEN" ? (
                <span className="row">
                  <Button
                    size="small"
                    type="primary"
                    onClick={() => setDeciding({ request, approve: true })}
                    data-testid="approve"
                  >
                    {t("access.approve")}
                  </Button>
                  <Button size="small" onClick={() => setDeciding({ request, approve: false })} data-testid="decline">
                    {t("access.decline")}
                  </Button>
                </span>
              ) : null,
          },
        ]),
  ];
  return (
    <Shown query={query} bones={<BonesTable rows={4} />}>
      {({ pages }) => {
        const requests = pages.flatMap((page) => page.requests ?? []);
        if (requests.length === 0)
          return (
            <Empty title={view === "decide" ? t("access.nothingToDecide") : t("access.noRequests")}>
              {view === "decide" ? t("access.nothingToDecideHelp") : t("access.noRequestsHelp")}
            </Empty>
          );
        return (
          <>
            <DataTable
              label={t("access.requestsTitle")}
              testid="requests-table"
              rows={requests}
              columns={columns}
              keyOf={({ requestId }) => requestId ?? ""}
              more={{
                has: query.hasNextPage,
                loading: query.isFetchingNextPage,
                load: () => void query.fetchNextPage(),
              }}
            />
            {deciding ? <DecideDialog {...deciding} onClose={() => setDeciding(undefined)} /> : null}
          </>
        );
      }}
    </Shown>
  );
}
