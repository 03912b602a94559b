import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import type { Import } from "@/api/contract";
import { LinkButton } from "@/ui/LinkButton";
import { Moment } from "@/ui/When";
import { Counts } from "./Counts";

export function Result({ one }: { one: Import }) {
  const { t } = useTranslation();
  return (
    <section className="panel stack" data-testid="import-result">
      <Alert type="success" showIcon title={t("imports.done")} description={<Moment at={one.finishedAt} />} />
      <Counts one={one} />
      <div className="row">
        <LinkButton type="primary" to="/people?order=hired">
          {t("imports.seePeople")}
        </LinkButton>
        <LinkButton to="/organization">{t("imports.seeOrganization")}</LinkButton>
        <LinkButton to="/imports/new">{t("places.newImport")}</LinkButton>
      </div>
    </section>
  );
}
