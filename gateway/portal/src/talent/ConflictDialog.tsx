import { Alert, Modal, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/ui/DataTable";
import { PersonById } from "@/ui/Person";

export interface Disputed {
  key: string;
  field: string;
  before: string;
  theirs: string;
  /** Undefined: this form leaves the field alone. */
  mine: string | undefined;
}

interface ConflictDialogProps {
  /** Who saved meanwhile; unknown when empty. */
  by?: string | undefined;
  fields: readonly Disputed[];
  sending: boolean;
  /** The keys whose own value is to be kept. */
  onSend: (mine: ReadonlySet<string>) => void;
  onClose: () => void;
}

/** Somebody saved meanwhile: what is in dispute, field by field, and whose value is kept. */
export function ConflictDialog({ by, fields, sending, onSend, onClose }: ConflictDialogProps) {
  const { t } = useTranslation();
  const [kept, setKept] = useState<Record<string, boolean>>({});
  const keeps = ({ key, mine }: Disputed) => mine !== undefined && (kept[key] ?? true);
  return (
    <Modal
      open
      width={720}
      title={t("talent.conflictTitle")}
      okText={t("talent.conflictSend")}
      okButtonProps={{ "data-testid": "conflict-send" }}
      cancelText={t("ui.cancel")}
      confirmLoading={sending}
      onOk={() => onSend(new Set(fields.filter(keeps).map(({ key }) => key)))}
      onCancel={onClose}
      wrapProps={{ "data-testid": "conflict-dialog" }}
    >
      <Alert
        type="warning"
        showIcon
        style={{ marginBottom: 12 }}
        title={<PersonById id={by} otherwise={t("talent.somebodyElse")} />}
        description={t("talent.conflictHelp")}
      />
      <DataTable
        label={t("talent.conflictTitle")}
        rows={fields}
        keyOf={({ key }) => key}
        columns={[
          { key: "field", title: t("talent.field"), cell: ({ field }) => field },
          {
            key: "before",
            title: t("talent.before"),
            from: "tablet",
            cell: ({ before }) => <s className="quiet">{before || "—"}</s>,
          },
          {
            key: "keep",
            title: t("talent.keep"),
            cell: (one) => (
              <Radio.Group
                value={keeps(one) ? "mine" : "theirs"}
                onChange={(event) => setKept({ ...kept, [one.key]: event.target.value === "mine" })}
                style={{ display: "grid" }}
              >
                <Radio value="theirs">
                  {t("talent.theirs")} {one.theirs || "—"}
                </Radio>
                {one.mine === undefined ? null : (
                  <Radio value="mine">
                    {t("talent.mine")} {one.mine || "—"}
                  </Radio>
                )}
              </Radio.Group>
            ),
          },
        ]}
      />
    </Modal>
  );
}
