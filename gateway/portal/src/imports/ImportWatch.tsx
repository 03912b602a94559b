import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import type { ImportState } from "@/api/contract";
import { useRights } from "@/api/me";
import { listImports } from "@/api/methods";
import { useRead } from "@/api/queries";
import { runs } from "./states";
import { useMessages } from "@/ui/messages";

/** Says so when a step that was left running has ended. Shows nothing itself. */
export default function ImportWatch() {
  const { t } = useTranslation();
  const { notification } = useMessages();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const allowed = useRights().overAll("employees.import.run");
  const running = useRef(new Set<string>());
  const latest = useRead(listImports, allowed ? { pageSize: 10 } : null);
  const going = (latest.data?.imports ?? []).some(runs);
  useRead(listImports, allowed && going ? { pageSize: 10 } : null, { every: 5000 });
  useEffect(() => {
    for (const one of latest.data?.imports ?? []) {
      const id = one.importId ?? "";
      const state: ImportState = one.state ?? "IMPORT_STATE_UNSPECIFIED";
      if (runs(one)) running.current.add(id);
      else if (running.current.delete(id) && pathname !== `/imports/${id}`)
        notification.open({
          title: t("imports.ended", { file: one.fileName ?? "" }),
          description: t(`imports.state.${state}`),
          placement: "bottomRight",
          duration: 0,
          onClick: () => void navigate(`/imports/${id}`),
        });
    }
  }, [latest.data, pathname, notification, navigate, t]);
  return null;
}
