import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import type { Import } from "@/api/contract";
import { applyImport } from "@/api/methods";
import { useCommand } from "@/api/queries";
import { FormProblem } from "@/ui/forms";
import { Counts } from "./Counts";

/** The dry run found nothing wrong: what would happen, and the button that makes it happen. */
export function ReadyPanel({ one }: { one: Import }) {
  const { t } = useTranslation();
  const command = useCommand(applyImport);
  return (
    <section className="panel stack">
      <Alert type="success" showIcon title={t("imports.ready")} description={t("imports.readyHelp")} />
      <Counts one={one} />
      <FormProblem problem={command.error} />
      <div>
        <Button
          type="primary"
          loading={command.isPending}
          onClick={() => command.mutate({ importId: one.importId })}
          data-testid="apply"
        >
          {t("imports.apply")}
        </Button>
      </div>
    </section>
  );
}
