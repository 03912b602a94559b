import { BellOutlined } from "@ant-design/icons";
import { Badge, Button, Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMe, useRights } from "@/api/me";
import { listAccessRequests, listImports } from "@/api/methods";
import { useRead } from "@/api/queries";
import { Moment } from "@/ui/When";

interface Notice {
  key: string;
  to: string;
  text: string;
  at: string | undefined;
  waiting: boolean;
}

const WEEK_MS = 7 * 86_400_000;

/** What happened to the caller's own affairs in the last week, and what waits for them. */
function useNotices(): Notice[] {
  const { t } = useTranslation();
  const { requestsWaiting = 0 } = useMe();
  const runsImports = useRights().overAll("employees.import.run");
  const own = useRead(listAccessRequests, { pageSize: 10 }, { staleTime: 60_000 });
  const imports = useRead(listImports, runsImports ? { pageSize: 10 } : null, { staleTime: 60_000 });
  const [since] = useState(() => new Date(Date.now() - WEEK_MS).toISOString());

  const notices: Notice[] = [];
  if (requestsWaiting > 0)
    notices.push({
      key: "waiting",
      to: "/requests",
      text: t("home.waitingForYou", { count: requestsWaiting }),
      at: undefined,
      waiting: true,
    });
  for (const request of own.data?.requests ?? []) {
    if ((request.decidedAt ?? "") < since) continue;
    const approved = request.state === "ACCESS_REQUEST_STATE_APPROVED";
    notices.push({
      key: request.requestId ?? "",
      to: "/requests?view=mine",
      text: t(approved ? "app.noticeApproved" : "app.noticeDeclined", { role: request.roleLabel ?? "" }),
      at: request.decidedAt,
      waiting: false,
    });
  }
  for (const one of imports.data?.imports ?? []) {
    const ended = one.finishedAt ?? "";
    if (ended < since || one.state === "IMPORT_STATE_CANCELLED" || !one.state) continue;
    notices.push({
      key: one.importId ?? "",
      to: `/imports/${one.importId ?? ""}`,
      text: t("app.noticeImport", { file: one.fileName ?? "", state: t(`imports.state.${one.state}`) }),
      at: ended,
      waiting:
        one.state === "IMPORT_STATE_PROBLEMS" ||
        one.state === "IMPORT_STATE_READY" ||
        one.state === "IMPORT_STATE_FAILED",
    });
  }
  return notices.sort((a, b) => (b.at ?? "9").localeCompare(a.at ?? "9"));
}

export default function Notices() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const notices = useNotices();
  const waiting = notices.filter((notice) => notice.waiting).length;
  const list = (
    <ul className="stack" style={{ gap: 10, width: 300, maxWidth: "80vw" }}>
      {notices.length === 0 ? <li className="quiet">{t("app.noNotices")}</li> : null}
      {notices.map(({ key, to, text, at }) => (
        <li key={key}>
          <Link to={to} onClick={() => setOpen(false)}>
            {text}
          </Link>
          {at ? (
            <div className="quiet">
              <Moment at={at} />
            </div>
          ) : null}
        </li>
      ))}
    </ul>
  );
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      trigger="click"
      placement="bottomRight"
      title={t("app.notices")}
      content={list}
    >
      <Button type="text" aria-label={t("app.noticesOpen", { count: waiting })} data-testid="notices">
        <Badge dot={waiting > 0} offset={[2, 2]}>
          <BellOutlined style={{ fontSize: 16 }} />
        </Badge>
      </Button>
    </Popover>
  );
}
