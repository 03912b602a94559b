import { Alert, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Import, ImportMapping } from "@/api/contract";
import { startDryRun } from "@/api/methods";
import { useCommand } from "@/api/queries";
import { useDraft } from "@/ui/drafts";
import { FormProblem } from "@/ui/forms";
import { assign, columnsOf, missing, sameHeadings, targetsOf } from "./mapping";
import { MappingOptions } from "./MappingOptions";
import { MappingTable } from "./MappingTable";

interface MappingStepProps {
  one: Import;
  /** An import of the same kind whose file was corrected into this one. */
  former: Import | undefined;
  /** The dry run was done before; the mapping may be changed and it may be run again. */
  again?: boolean;
}

/** Which column is what: suggested, seen with its samples, corrected by a person. */
export function MappingStep({ one, former, again = false }: MappingStepProps) {
  const { t } = useTranslation();
  const draft = useDraft<ImportMapping>(`mapping.${one.importId ?? ""}`);
  const carried = former && sameHeadings(one, former) ? former.mapping : undefined;
  const [edited, setEdited] = useState<ImportMapping | undefined>(again ? undefined : draft.former);
  const [shown, setShown] = useState(!again);
  const mapping: ImportMapping = edited ?? carried ?? one.mapping ?? {};
  const change = (next: ImportMapping) => {
    setEdited(next);
    draft.keep(next);
  };
  const command = useCommand(startDryRun, { onDone: draft.drop });
  const lacking = missing(targetsOf(mapping), one.targets ?? []);
  if (!shown)
    return (
      <div>
        <Button onClick={() => setShown(true)} data-testid="change-mapping">
          {t("imports.changeMapping")}
        </Button>
      </div>
    );
  return (
    <>
      {carried && !edited ? (
        <Alert type="info" showIcon title={t("imports.carried", { file: former?.fileName ?? "" })} />
      ) : null}
      <MappingTable
        one={one}
        mapping={mapping}
        onAssign={(column, field) =>
          change({ ...mapping, columns: columnsOf(assign(targetsOf(mapping), column, field)) })
        }
      />
      <MappingOptions kind={one.kind} mapping={mapping} onChange={change} />
      <FormProblem problem={command.error} rest={command.error?.fields.map(({ message }) => message) ?? []} />
      {lacking.length > 0 ? (
        <Alert
          type="warning"
          showIcon
          title={t("imports.lacking", {
            fields: new Intl.ListFormat(document.documentElement.lang).format(lacking.map(({ label = "" }) => label)),
          })}
          description={t("imports.lackingHelp")}
        />
      ) : null}
      <div className="row">
        <Button
          type="primary"
          disabled={lacking.length > 0}
          loading={command.isPending}
          onClick={() => command.mutate({ importId: one.importId, mapping })}
          data-testid="dry-run"
        >
          {again ? t("imports.checkAgain") : t("imports.check")}
        </Button>
        <span className="quiet">{t("imports.checkHelp")}</span>
      </div>
    </>
  );
}
