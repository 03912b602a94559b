import { Alert, Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import type { Import, ImportState } from "@/api/contract";
import { cancelImport, getImport } from "@/api/methods";
import { useCommand, useRead } from "@/api/queries";
import { useAddress } from "@/ui/address";
import { lazily } from "@/ui/lazily";
import { LinkButton } from "@/ui/LinkButton";
import { Page } from "@/ui/Page";
import { Shown } from "@/ui/Shown";
import { Progress } from "./Progress";
import { ReadyPanel } from "./ReadyPanel";
import { Result } from "./Result";
import { ImportStateText, open, runs } from "./states";
import { Steps } from "./Steps";
import { UploadStep } from "./UploadStep";
import { useUpload } from "./upload";

const MappingStep = lazily(async () => ({ default: (await import("./MappingStep")).MappingStep }));
const ProblemsPanel = lazily(async () => ({ default: (await import("./ProblemsPanel")).ProblemsPanel }));

const stepAt: Record<ImportState, number> = {
  IMPORT_STATE_UNSPECIFIED: 0,
  IMPORT_STATE_UPLOADING: 0,
  IMPORT_STATE_MAPPING: 1,
  IMPORT_STATE_CHECKING: 2,
  IMPORT_STATE_PROBLEMS: 2,
  IMPORT_STATE_READY: 3,
  IMPORT_STATE_APPLYING: 3,
  IMPORT_STATE_DONE: 4,
  IMPORT_STATE_CANCELLED: 0,
  IMPORT_STATE_FAILED: 2,
};

/** One import, at the step where it stands. It can be left at any time and found again. */
export default function ImportPage() {
  const { t } = useTranslation();
  const { importId = "" } = useParams();
  const address = useAddress();
  const uploading = useUpload(importId) !== undefined;
  const query = useRead(getImport, { importId });
  const running =
    query.data !== undefined && (runs(query.data) || (query.data.state === "IMPORT_STATE_UPLOADING" && !uploading));
  // The stream says that something changed; progress in between is asked for.
  useRead(getImport, running ? { importId } : null, { every: 1000 });
  const from = address.get("from");
  const former = useRead(getImport, from ? { importId: from } : null).data;
  return (
    <Page
      title={query.data?.fileName ?? t("imports.one")}
      about={query.data?.kind ? t(`imports.kind.${query.data.kind}`) : undefined}
      trail={[{ to: "/imports", name: t("imports.title") }]}
      actions={query.data && open(query.data) && !runs(query.data) ? <GiveUp importId={importId} /> : null}
    >
      <Shown query={query}>
        {(one) => (
          <>
            <div className="row" style={{ justifyContent: "space-between" }}>
              <Steps at={stepAt[one.state ?? "IMPORT_STATE_UNSPECIFIED"]} />
              <span data-testid="import-state" data-state={one.state}>
                <ImportStateText state={one.state} />
              </span>
            </div>
            <Step one={one} former={former} />
          </>
        )}
      </Shown>
    </Page>
  );
}

function Step({ one, former }: { one: Import; former: Import | undefined }) {
  const { t } = useTranslation();
  // Each run ends in a step of its own, also one too quick to be seen: what was open before it is not taken along.
  const step = `${one.importId ?? ""}/${one.state ?? ""}/${one.stepStartedAt ?? ""}`;
  switch (one.state) {
    case "IMPORT_STATE_UPLOADING":
      return <UploadStep one={one} />;
    case "IMPORT_STATE_CHECKING":
    case "IMPORT_STATE_APPLYING":
      return <Progress one={one} />;
    case "IMPORT_STATE_MAPPING":
      return <MappingStep key={step} one={one} former={former} />;
    case "IMPORT_STATE_PROBLEMS":
      return (
        <>
          <ProblemsPanel key={`problems/${step}`} one={one} />
          <MappingStep key={step} one={one} former={undefined} again />
        </>
      );
    case "IMPORT_STATE_READY":
      return (
        <>
          <ReadyPanel one={one} />
          <MappingStep key={step} one={one} former={undefined} again />
        </>
      );
    case "IMPORT_STATE_DONE":
      return <Result one={one} />;
    default: {
      const failed = one.state === "IMPORT_STATE_FAILED";
      return (
        <>
          <Alert
            type={failed ? "error" : "info"}
            showIcon
            title={failed ? t("imports.failed") : t("imports.cancelled")}
            description={one.failure}
            action={<LinkButton to={`/imports/new?kind=${one.kind ?? ""}`}>{t("places.newImport")}</LinkButton>}
          />
          {failed && one.columns?.length ? <MappingStep key={step} one={one} former={undefined} again /> : null}
        </>
      );
    }
  }
}

function GiveUp({ importId }: { importId: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const command = useCommand(cancelImport, { onDone: () => void navigate("/imports") });
  return (
    <Popconfirm
      title={t("imports.giveUpSure")}
      okText={t("imports.giveUp")}
      cancelText={t("ui.cancel")}
      onConfirm={() => command.mutate({ importId })}
    >
      <Button loading={command.isPending}>{t("imports.giveUp")}</Button>
    </Popconfirm>
  );
}
