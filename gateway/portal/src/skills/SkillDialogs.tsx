import { Form, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import type { Skill } from "@/api/contract";
import { idempotencyKey } from "@/api/keys";
import { problemOf, type Problem } from "@/api/problem";
import { useCommand } from "@/api/queries";
import { addSkill, changeSkill, getSkill } from "@/api/talent";
import { useDoneMessage } from "@/people/commands/parts";
import { ConflictDialog } from "@/talent/ConflictDialog";
import { CommandDialog, FormProblem, placeFields } from "@/ui/forms";
import { named } from "@/ui/naming";
import { SkillFields } from "./SkillFields";
import { formOf, mergedForm, skillDisputes, wordsOf, type SkillDispute, type SkillForm } from "./words";

export function AddSkillDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  const [key] = useState(idempotencyKey);
  return (
    <CommandDialog
      method={addSkill}
      title={t("skills.add")}
      send={t("skills.add")}
      first={formOf({})}
      request={({ code, ...form }: SkillForm & { code: string }) => ({
        idempotencyKey: key,
        code,
        words: wordsOf(form),
      })}
      onDone={() => done(t("skills.added"))}
      onClose={onClose}
      testid="add-skill-dialog"
    >
      <Form.Item
        name="code"
        label={t("skills.code")}
        extra={t("jobs.codeHelp")}
        rules={[
          { required: true, message: t("ui.required") },
          { pattern: /^[a-z0-9][a-z0-9-]{1,47}$/, message: t("jobs.codeWrong") },
        ]}
      >
        <Input maxLength={48} data-testid="field-code" />
      </Form.Item>
      <SkillFields />
    </CommandDialog>
  );
}

interface Conflict {
  now: Skill;
  fields: SkillDispute[];
  mine: SkillForm;
}

/** A field's value as one line: long ones are cut, lists are told by their items. */
function sayValue(value: SkillForm[keyof SkillForm]): string {
  if (Array.isArray(value))
    return value
      .map((one) => (typeof one === "string" ? one : Object.values(one).filter(Boolean).join(" ")))
      .filter(Boolean)
      .join(" · ");
  return value === undefined ? "" : String(value);
}

/** Changes a skill. Whoever saved meanwhile is met field by field. */
export function ChangeSkillDialog({ skill, onClose }: { skill: Skill; onClose: () => void }) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  const [form] = Form.useForm<SkillForm>();
  // The skill as it was when the form opened; the one behind the page moves on.
  const [base] = useState(skill);
  const [rest, setRest] = useState<string[]>([]);
  const [conflict, setConflict] = useState<Conflict>();
  const [failed, setFailed] = useState<Problem | null>(null);
  const skillId = base.skillId ?? "";
  const command = useCommand(changeSkill, {
    onDone: () => {
      done(t("skills.changed"));
      onClose();
    },
    onFailed: (problem) => {
      if (problem.is("VERSION_CONFLICT")) void meet();
      else setRest(placeFields(form, problem));
    },
  });
  const send = (values: SkillForm, version = 1) => command.mutate({ skillId, version, words: wordsOf(values) });
  const meet = async () => {
    try {
      const mine = { ...formOf(base), ...form.getFieldsValue(true) } as SkillForm;
      const now = await call(getSkill, { skillId });
      const fields = skillDisputes(formOf(base), formOf(now), mine);
      if (fields.length > 0) setConflict({ now, fields, mine });
      else send(mergedForm(formOf(base), formOf(now), mine, new Set()), now.version);
    } catch (error) {
      setFailed(problemOf(error));
    }
  };
  if (conflict)
    return (
      <ConflictDialog
        fields={conflict.fields.map(({ field, before, theirs, mine, touched }) => ({
          key: field,
          field: t(`skills.field.${field}`),
          before: sayValue(before),
          theirs: sayValue(theirs),
          mine: touched ? sayValue(mine) : undefined,
        }))}
        sending={command.isPending}
        onSend={(kept) =>
          send(mergedForm(formOf(base), formOf(conflict.now), conflict.mine, kept), conflict.now.version)
        }
        onClose={onClose}
      />
    );
  return (
    <Modal
      open
      width={640}
      title={t("skills.changeOf", { name: named(base.name, base.nameEn) })}
      okText={t("ui.save")}
      cancelText={t("ui.cancel")}
      confirmLoading={command.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
      okButtonProps={{ "data-testid": "dialog-send" }}
      wrapProps={{ "data-testid": "change-skill-dialog" }}
    >
      <FormProblem problem={failed ?? (command.error?.is("VERSION_CONFLICT") ? null : command.error)} rest={rest} />
      <Form
        form={form}
        layout="vertical"
        requiredMark="optional"
        initialValues={formOf(base)}
        onFinish={(values) => send(values, base.version)}
      >
        <SkillFields skillId={skillId} />
      </Form>
    </Modal>
  );
}
