import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useRouteError } from "react-router";
import { Page } from "@/ui/Page";
import { Empty } from "@/ui/states";

export function NowhereHere() {
  const { t } = useTranslation();
  return (
    <Page title={t("app.nowhere")}>
      <Empty title={t("app.nowhereHelp")} action={<Link to="/">{t("app.toHome")}</Link>} />
    </Page>
  );
}

/** A page that broke, or whose code a new release has replaced while it was open. */
export function Crashed() {
  const { t } = useTranslation();
  const error = useRouteError();
  return (
    <Page title={t("app.crashed")}>
      <Empty
        title={t("app.crashedHelp")}
        action={
          <Button type="primary" onClick={() => window.location.reload()}>
            {t("app.reload")}
          </Button>
        }
      >
        {error instanceof Error ? error.message : null}
      </Empty>
    </Page>
  );
}
