import { Form, Input, Modal, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Direction, Indicator, Requirement } from "@/api/contract";
import SkillPicker from "@/talent/SkillPicker";

const directions = [
  "DIRECTION_AT_LEAST",
  "DIRECTION_AT_MOST",
  "DIRECTION_EXACTLY",
] as const satisfies readonly Direction[];

interface IndicatorDialogProps {
  requirement: Requirement | undefined;
  /** Codes of the profile's other indicators. */
  taken: readonly string[];
  onDone: (indicator: Indicator, skillId: string | undefined) => void;
  onClose: () => void;
}

/** What is measured, which way it is good, and how far off is still near. Kept in the draft, sent with it. */
export function IndicatorDialog({ requirement, taken, onDone, onClose }: IndicatorDialogProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Indicator & { skillId?: string }>();
  const required = { required: true, message: t("ui.required") };
  return (
    <Modal
      open
      title={t("jobs.indicator")}
      okText={t("jobs.take")}
      cancelText={t("ui.cancel")}
      onOk={() => form.submit()}
      onCancel={onClose}
      okButtonProps={{ "data-testid": "dialog-send" }}
      wrapProps={{ "data-testid": "indicator-dialog" }}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark="optional"
        initialValues={{
          direction: "DIRECTION_AT_LEAST",
          tolerance: "0",
          unit: "%",
          ...requirement?.indicator,
          skillId: requirement?.skillId,
        }}
        onFinish={({ skillId, ...indicator }) =>
          onDone({ ...indicator, tolerance: indicator.tolerance || "0" }, skillId)
        }
      >
        <Form.Item name="name" label={t("jobs.indicatorName")} rules={[required]}>
          <Input maxLength={80} data-testid="field-name" />
        </Form.Item>
        <Form.Item name="nameEn" label={t("jobs.indicatorNameEn")}>
          <Input maxLength={120} />
        </Form.Item>
        <Form.Item
          name="code"
          label={t("jobs.code")}
          extra={t("jobs.codeHelp")}
          rules={[
            required,
            { pattern: /^[a-z0-9][a-z0-9-]{1,47}$/, message: t("jobs.codeWrong") },
            {
              validator: (_rule, code: string) =>
                taken.includes(code) ? Promise.reject(new Error(t("jobs.codeTaken"))) : Promise.resolve(),
            },
          ]}
        >
          <Input maxLength={48} placeholder="audit-error-rate" data-testid="field-code" />
        </Form.Item>
        <Form.Item name="direction" label={t("jobs.direction")}>
          <Select options={directions.map((value) => ({ value, label: t(`jobs.directions.${value}`) }))} />
        </Form.Item>
        <Form.Item
          name="target"
          label={t("jobs.target")}
          rules={[required, { pattern: /^-?[0-9]{1,9}(\.[0-9]{1,4})?$/, message: t("jobs.digits") }]}
        >
          <Input inputMode="decimal" data-testid="field-target" />
        </Form.Item>
        <Form.Item
          name="tolerance"
          label={t("jobs.tolerance")}
          extra={t("jobs.toleranceHelp")}
          rules={[{ pattern: /^[0-9]{1,9}(\.[0-9]{1,4})?$/, message: t("jobs.digits") }]}
        >
          <Input inputMode="decimal" />
        </Form.Item>
        <Form.Item name="unit" label={t("jobs.measure")}>
          <Input maxLength={20} />
        </Form.Item>
        <Form.Item name="skillId" label={t("jobs.restsOn")} extra={t("jobs.restsOnHelp")}>
          <SkillPicker />
        </Form.Item>
      </Form>
    </Modal>
  );
}
