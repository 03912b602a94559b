import { Button, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Guarded } from "@/access/Guarded";
import { idempotencyKey } from "@/api/keys";
import { createImport } from "@/api/methods";
import { useCommand } from "@/api/queries";
import { useAddress } from "@/ui/address";
import { FormProblem } from "@/ui/forms";
import { sayBytes } from "@/ui/numbers";
import { Page } from "@/ui/Page";
import { FileDrop } from "./FileDrop";
import { importKinds } from "./states";
import { Steps } from "./Steps";
import { send } from "./upload";

/** The contract takes files up to 200 MiB. */
const MAX_BYTES = 209_715_200;

export default function NewImportPage() {
  const { t } = useTranslation();
  return (
    <Page
      title={t("imports.newTitle")}
      trail={[{ to: "/imports", name: t("imports.title") }]}
      about={t("imports.newAbout")}
    >
      <Guarded place="newImport" permission={createImport.permission} detail={t("imports.notAllowed")}>
        <ImportForm />
      </Guarded>
    </Page>
  );
}

function ImportForm() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const address = useAddress();
  const [file, setFile] = useState<File>();
  const [key, setKey] = useState(idempotencyKey);
  const kind = importKinds.find((one) => one === address.get("kind")) ?? "IMPORT_KIND_PEOPLE";
  const from = address.get("from");
  const command = useCommand(createImport, {
    onDone: ({ importId = "" }) => {
      if (file) void send(importId, file);
      void navigate(`/imports/${importId}${from ? `?from=${from}` : ""}`, { replace: true });
    },
    onFailed: () => setKey(idempotencyKey()),
  });
  const tooLarge = (file?.size ?? 0) > MAX_BYTES;
  return (
    <>
      <Steps at={0} />
      <section className="panel">
        <h2 id="what">{t("imports.what")}</h2>
        <Radio.Group
          value={kind}
          onChange={(event) => address.set({ kind: String(event.target.value) })}
          aria-labelledby="what"
          style={{ display: "grid", gap: 8 }}
        >
          {importKinds.map((one) => (
            <Radio key={one} value={one} data-testid={`kind-${one}`}>
              {t(`imports.kind.${one}`)} <span className="quiet">{t(`imports.kindHelp.${one}`)}</span>
            </Radio>
          ))}
        </Radio.Group>
      </section>
      <section className="panel">
        <h2>{t("imports.whichFile")}</h2>
        <FileDrop
          onFile={(chosen) => {
            setFile(chosen);
            setKey(idempotencyKey());
          }}
        >
          {file ? <strong>{file.name}</strong> : <span>{t("imports.drop")}</span>}
          <span className="quiet">{file ? sayBytes(file.size) : t("imports.dropHelp")}</span>
        </FileDrop>
        {tooLarge ? <p role="alert">{t("imports.tooLarge")}</p> : null}
      </section>
      <FormProblem problem={command.error} rest={command.error?.fields.map(({ message }) => message) ?? []} />
      <div>
        <Button
          type="primary"
          disabled={!file || file.size === 0 || tooLarge}
          loading={command.isPending}
          onClick={() =>
            file && command.mutate({ idempotencyKey: key, kind, fileName: file.name, fileSize: String(file.size) })
          }
          data-testid="start-upload"
        >
          {t("imports.upload")}
        </Button>
      </div>
    </>
  );
}
