import { Alert, Button, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Guarded } from "@/access/Guarded";
import type { ImportEntriesRequest, ImportEntriesResponse } from "@/api/contract";
import { idempotencyKey } from "@/api/keys";
import { useCommand } from "@/api/queries";
import { importEntries } from "@/api/talent";
import { currentLanguage } from "@/i18n";
import { base64 } from "@/imports/upload";
import { FileDrop } from "@/imports/FileDrop";
import { download } from "@/imports/problemsFile";
import { useAddress } from "@/ui/address";
import { FormProblem } from "@/ui/forms";
import { sayBytes, sayNumber } from "@/ui/numbers";
import { Page } from "@/ui/Page";
import { columnsOf, importedKinds, templateOf } from "./entriesFile";
import { EntryProblems } from "./EntryProblems";

/** The contract takes files up to 1.4 MB. */
const MAX_BYTES = 1_400_000;

/** Brings profile entries of many people in from a file: looked at first, then all of them or none. */
export default function EntriesImportPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("places.importEntries")} about={t("growth.import.about")}>
      <Guarded place="importEntries" permission={importEntries.permission} detail={t("growth.import.notAllowed")}>
        <ImportSteps />
      </Guarded>
    </Page>
  );
}

function ImportSteps() {
  const { t } = useTranslation();
  const address = useAddress();
  const kind = importedKinds.find((one) => one === address.get("kind")) ?? "ENTRY_KIND_SKILL";
  const [file, setFile] = useState<File>();
  const [failed, setFailed] = useState<string>();
  const [key, setKey] = useState(idempotencyKey);
  const command = useCommand<ImportEntriesRequest, ImportEntriesResponse>(importEntries);
  const { data: result, variables: sent, reset } = command;
  const start = (next: File | undefined) => {
    setFile(next);
    setKey(idempotencyKey());
    setFailed(undefined);
    reset();
  };
  const send = async (dryRun: boolean) => {
    if (!file) return;
    try {
      const content = await base64(file);
      command.mutate({ idempotencyKey: dryRun ? "" : key, kind, content, dryRun });
    } catch {
      // Moved or changed on disk since it was chosen.
      setFailed(t("growth.import.unreadable"));
    }
  };
  const tooLarge = (file?.size ?? 0) > MAX_BYTES;
  const looked = result !== undefined && sent.dryRun === true;
  const done = result !== undefined && sent.dryRun === false && !result.problemCount;
  const language = currentLanguage();
  return (
    <>
      <section className="panel">
        <h2 id="what">{t("growth.import.what")}</h2>
        <Radio.Group
          value={kind}
          onChange={(event) => {
            address.set({ kind: String(event.target.value) });
            start(undefined);
          }}
          aria-labelledby="what"
          style={{ display: "flex", flexWrap: "wrap", gap: 12 }}
        >
          {importedKinds.map((one) => (
            <Radio key={one} value={one} data-testid={`kind-${one}`}>
              {t(`talent.entryKind.${one}`)}
            </Radio>
          ))}
        </Radio.Group>
        <p style={{ marginTop: 12 }}>
          {t("growth.import.columns")} {columnsOf[kind].map((column) => column[language]).join(" · ")}
        </p>
        <Button
          size="small"
          style={{ marginTop: 8 }}
          onClick={() =>
            download(`${t(`talent.entryKind.${kind}`)}.${t("growth.import.template")}.csv`, templateOf(kind, language))
          }
          data-testid="template"
        >
          {t("growth.import.downloadTemplate")}
        </Button>
      </section>
      <section className="panel">
        <h2>{t("growth.import.file")}</h2>
        <FileDrop onFile={start} accept=".csv,.txt">
          {file ? <strong>{file.name}</strong> : <span>{t("growth.import.drop")}</span>}
          <span className="quiet">{file ? sayBytes(file.size) : t("growth.import.dropHelp")}</span>
        </FileDrop>
        {tooLarge ? <p role="alert">{t("growth.import.tooLarge", { most: sayBytes(MAX_BYTES) })}</p> : null}
        {file?.size === 0 ? <p role="alert">{t("growth.import.emptyFile")}</p> : null}
        {failed ? <p role="alert">{failed}</p> : null}
      </section>
      <FormProblem problem={command.error} rest={command.error?.fields.map(({ message }) => message) ?? []} />
      {result ? (
        done ? (
          <Alert
            type="success"
            showIcon
            title={t("growth.import.done", { count: result.recorded ?? 0 })}
            description={t("growth.import.unchanged", { count: result.unchanged ?? 0 })}
            data-testid="import-done"
          />
        ) : (
          <EntryProblems result={result} fileName={file?.name ?? ""} />
        )
      ) : null}
      <div className="row">
        <Button
          type={looked && !result.problemCount ? "default" : "primary"}
          disabled={!file || file.size === 0 || tooLarge || done}
          loading={command.isPending && sent?.dryRun === true}
          onClick={() => void send(true)}
          data-testid="dry-run"
        >
          {t("growth.import.dryRun")}
        </Button>
        <Button
          type="primary"
          disabled={!looked || Boolean(result.problemCount) || !result.recorded}
          loading={command.isPending && sent?.dryRun === false}
          onClick={() => void send(false)}
          data-testid="apply"
        >
          {looked && !result.problemCount
            ? t("growth.import.apply", { rows: sayNumber(result.recorded ?? 0) })
            : t("growth.import.applyFirst")}
        </Button>
      </div>
    </>
  );
}
