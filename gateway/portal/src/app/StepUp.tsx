import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { stepUp } from "@/api/client";
import { dismissStepUp } from "./stepUp";

/** Asks for another sign-in and comes back to the very address, open dialog included. */
export default function StepUp() {
  const { t } = useTranslation();
  const { pathname, search } = useLocation();
  return (
    <Modal
      open
      title={t("app.stepUp")}
      okText={t("app.stepUpGo")}
      cancelText={t("ui.cancel")}
      onOk={() => stepUp(pathname + search)}
      onCancel={dismissStepUp}
      zIndex={1200}
      wrapProps={{ "data-testid": "step-up" }}
    >
      {t("app.stepUpHelp")}
    </Modal>
  );
}
