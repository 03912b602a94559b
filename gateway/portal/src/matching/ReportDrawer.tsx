import { Drawer } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MatchReport } from "@/api/contract";
import { LinkButton } from "@/ui/LinkButton";
import { Report } from "./Report";

interface ReportDrawerProps {
  report: MatchReport;
  title: ReactNode;
  /** It stands as it was kept: the page would make it anew, for whoever may. */
  kept?: boolean;
  onClose: () => void;
}

/** A report beside the list it stands in. */
export default function ReportDrawer({ report, title, kept = false, onClose }: ReportDrawerProps) {
  const { t } = useTranslation();
  return (
    <Drawer
      open
      onClose={onClose}
      size={Math.min(620, window.innerWidth)}
      title={title}
      data-testid="report-drawer"
      footer={
        kept ? null : (
          <LinkButton to={`/posts/${report.postId ?? ""}/matches/${report.employeeId ?? ""}`} type="primary">
            {t("matching.openPage")}
          </LinkButton>
        )
      }
    >
      <Report report={report} slim />
    </Drawer>
  );
}
