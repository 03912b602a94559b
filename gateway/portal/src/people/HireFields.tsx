import { Form, Input, Segmented, type FormItemProps } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { addDays, today } from "@/ui/days";
import { DayPicker, PersonPicker, PostPicker, UnitPicker } from "@/ui/pickers";
import styles from "./HireFields.module.css";
import type { HireValues } from "./HirePage";

type Rules = NonNullable<FormItemProps["rules"]>;

interface HireFieldsProps {
  values: HireValues;
  onUnit: () => void;
}

export function HireFields({ values, onUnit }: HireFieldsProps) {
  const { t } = useTranslation();
  const form = Form.useFormInstance<HireValues>();
  const [back, setBack] = useState(Boolean(values.rehireEmployeeId));
  const required: Rules = [{ required: true, message: t("ui.required") }];
  const person = (
    <>
      <Field
        name="number"
        label={t("people.number")}
        rules={[...required, { pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, message: t("people.numberHelp") }]}
      />
      <Field name="name" label={t("people.name")} rules={[...required, { max: 80 }]} />
      <Field name="nameEn" label={t("people.nameEn")} rules={[{ max: 120 }]} />
      <Field name="workMail" label={t("people.workMail")} rules={[{ type: "email", message: t("people.mailHelp") }]} />
      <Field
        name="mobile"
        label={t("people.mobile")}
        rules={[{ pattern: /^\+?[0-9][0-9 .()-]{5,24}$/, message: t("people.mobileHelp") }]}
      />
      <Field name="nationalId" label={t("people.nationalId")} rules={[{ max: 40 }]} />
      <Field name="birthDate" label={t("people.birthDate")}>
        <DayPicker max={today()} />
      </Field>
      <Field name="homeAddress" label={t("people.homeAddress")} rules={[{ max: 300 }]} />
    </>
  );
  return (
    <div className="stack">
      <Segmented
        value={back ? "back" : "new"}
        onChange={(choice) => {
          setBack(choice === "back");
          if (choice !== "back") form.setFieldsValue({ rehireEmployeeId: undefined });
        }}
        options={[
          { value: "new", label: t("people.newPerson") },
          { value: "back", label: t("people.comesBack") },
        ]}
        style={{ alignSelf: "flex-start" }}
      />
      <section className="panel">
        <h2>{t("people.personal")}</h2>
        <div className={styles.fields}>
          {back ? (
            <Field
              name="rehireEmployeeId"
              label={t("people.whoComesBack")}
              rules={required}
              extra={t("people.comesBackHelp")}
            >
              <PersonPicker />
            </Field>
          ) : (
            person
          )}
        </div>
      </section>
      <section className="panel">
        <h2>{t("people.place")}</h2>
        <div className={styles.fields}>
          <Field name="hiredOn" label={t("people.hiredOn")} rules={required}>
            <DayPicker testid="field-hiredOn" />
          </Field>
          <Field name="unitId" label={t("people.unit")} rules={required}>
            <UnitPicker
              testid="field-unitId"
              onChange={(unitId) => {
                form.setFieldsValue({ unitId });
                onUnit();
              }}
            />
          </Field>
          <Field name="postId" label={t("people.post")} rules={required}>
            <PostPicker
              unitId={values.unitId}
              own
              from={values.hiredOn ?? today()}
              onPost={({ unitId }) => form.setFieldsValue({ unitId })}
              testid="field-postId"
            />
          </Field>
          <Field name="managerId" label={t("people.manager")} extra={t("people.managerTop")}>
            <PersonPicker testid="field-managerId" />
          </Field>
          <Field name="probationEndsOn" label={t("people.probationEndsOn")} extra={t("people.probationHelp")}>
            <DayPicker {...(values.hiredOn ? { min: addDays(values.hiredOn, 1) } : {})} />
          </Field>
          <Field name="timeZone" label={t("people.timeZone")} extra={t("people.timeZoneHelp")} rules={[{ max: 60 }]} />
        </div>
      </section>
    </div>
  );
}

interface FieldProps {
  name: keyof HireValues;
  label: string;
  rules?: Rules;
  extra?: string;
  children?: ReactNode;
}

function Field({ name, label, rules = [], extra, children }: FieldProps) {
  return (
    <Form.Item name={name} label={label} rules={rules} extra={extra}>
      {children ?? <Input autoComplete="off" data-testid={`field-${name}`} />}
    </Form.Item>
  );
}
