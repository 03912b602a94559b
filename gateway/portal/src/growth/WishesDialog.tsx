import { Checkbox, Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Aspirations, Shift } from "@/api/contract";
import { setAspirations } from "@/api/talent";
import { useDoneMessage } from "@/people/commands/parts";
import { families as known, familyOf, useFamilyName } from "@/talent/families";
import { shifts } from "@/talent/shifts";
import { CommandDialog } from "@/ui/forms";
import type { DialogProps } from "./GrowthDialog";

interface Values {
  shift: Shift;
  shiftFirm?: boolean;
  place?: string;
  placeFirm?: boolean;
  families?: string[];
  mobile?: boolean;
  words?: string;
}

/** What somebody wants next. "Firm" is only worth saying of something that was said. */
export function WishesDialog({ employeeId, wishes, onClose }: DialogProps & { wishes: Aspirations | undefined }) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  const familyName = useFamilyName();
  const { shift = "SHIFT_UNSPECIFIED", shiftFirm, place, placeFirm, families, mobile, words } = wishes ?? {};
  return (
    <CommandDialog
      method={setAspirations}
      title={t("growth.wishes")}
      send={t("ui.save")}
      about={<span className="quiet">{t("growth.wishesAbout")}</span>}
      first={{ shift, shiftFirm, place, placeFirm, families, mobile, words }}
      request={(values: Values) => ({
        employeeId,
        aspirations: {
          ...values,
          shiftFirm: (values.shiftFirm ?? false) && values.shift !== "SHIFT_UNSPECIFIED",
          placeFirm: (values.placeFirm ?? false) && Boolean(values.place),
        },
      })}
      onDone={() => done(t("growth.done.wishes"))}
      onClose={onClose}
      testid="aspirations-dialog"
    >
      {(values) => (
        <>
          <Form.Item name="shift" label={t("growth.shift")} style={{ marginBottom: 4 }}>
            <Select
              options={shifts.map((value) => ({ value, label: t(`talent.shift.${value}`) }))}
              data-testid="field-shift"
            />
          </Form.Item>
          <Form.Item name="shiftFirm" valuePropName="checked">
            <Checkbox disabled={!values.shift || values.shift === "SHIFT_UNSPECIFIED"}>
              {t("growth.shiftFirm")}
            </Checkbox>
          </Form.Item>
          <Form.Item name="place" label={t("growth.place")} style={{ marginBottom: 4 }}>
            <Input maxLength={60} placeholder={t("growth.anyPlace")} />
          </Form.Item>
          <Form.Item name="placeFirm" valuePropName="checked">
            <Checkbox disabled={!values.place}>{t("growth.placeFirm")}</Checkbox>
          </Form.Item>
          <Form.Item name="mobile" valuePropName="checked">
            <Checkbox>{t("growth.mobileSay")}</Checkbox>
          </Form.Item>
          <Form.Item
            name="families"
            label={t("growth.families")}
            extra={t("growth.familiesHelp")}
            rules={[{ type: "array", max: 10 }]}
            normalize={(words: string[]) => [...new Set(words.map((word) => familyOf(word, familyName)))]}
          >
            <Select
              mode="tags"
              maxCount={10}
              tokenSeparators={[",", "，", ";", "、"]}
              showSearch={{ optionFilterProp: "label" }}
              options={known.map((value) => ({ value, label: familyName(value) }))}
            />
          </Form.Item>
          <Form.Item name="words" label={t("growth.ownWords")}>
            <Input.TextArea rows={3} maxLength={1000} showCount />
          </Form.Item>
        </>
      )}
    </CommandDialog>
  );
}
