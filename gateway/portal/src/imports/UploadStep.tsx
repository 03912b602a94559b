import { Alert, Progress as Bar } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Import } from "@/api/contract";
import { sayDuration } from "@/ui/days";
import { FormProblem } from "@/ui/forms";
import { sayBytes } from "@/ui/numbers";
import { FileDrop } from "./FileDrop";
import { paceOf } from "./pace";
import { partsOf, send, useUpload } from "./upload";

/** Shows how far the file is; takes it up again where a lost connection or a closed browser left it. */
export function UploadStep({ one }: { one: Import }) {
  const { t } = useTranslation();
  const importId = one.importId ?? "";
  const upload = useUpload(importId);
  const size = Number(one.fileSize ?? 0);
  const received = one.parts ?? [];
  const [wrong, setWrong] = useState(false);
  if (upload && !upload.problem) {
    const { share, left } = paceOf(upload.sent, upload.size, upload.startedAt, upload.at);
    return (
      <section className="panel" aria-live="polite">
        <h2>{t("imports.uploading")}</h2>
        <Bar percent={Math.round(share * 100)} aria-label={t("imports.uploading")} />
        <p className="quiet number">
          {t("imports.sentOf", { sent: sayBytes(upload.sent), size: sayBytes(upload.size) })}
          {left === undefined ? null : <> · {t("imports.left", { time: sayDuration(left) })}</>}
        </p>
      </section>
    );
  }
  const resume = (file: File) => {
    const same = file.name === one.fileName && file.size === size;
    setWrong(!same);
    if (same) void send(importId, file, received);
  };
  return (
    <section className="panel stack">
      <FormProblem
        problem={upload?.problem ?? null}
        rest={upload?.problem?.fields.map(({ message }) => message) ?? []}
      />
      <Alert
        type="warning"
        showIcon
        title={t("imports.uploadBroken")}
        description={t("imports.uploadBrokenHelp", {
          file: one.fileName ?? "",
          received: received.length,
          parts: partsOf(size).length,
        })}
      />
      {wrong ? <p role="alert">{t("imports.otherFile")}</p> : null}
      <FileDrop onFile={resume}>{t("imports.chooseAgain")}</FileDrop>
    </section>
  );
}
