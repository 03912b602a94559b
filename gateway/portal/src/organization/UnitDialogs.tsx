import { Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Unit } from "@/api/contract";
import { idempotencyKey } from "@/api/keys";
import { changeUnit, closeUnit, openUnit } from "@/api/methods";
import { DayField } from "@/people/commands/parts";
import { addDays, later, today } from "@/ui/days";
import { CommandDialog } from "@/ui/forms";
import { named } from "@/ui/naming";
import { PersonPicker, UnitPicker } from "@/ui/pickers";
import { useMessages } from "@/ui/messages";

interface Names {
  name: string;
  nameEn?: string;
  headId?: string;
}

function NameFields() {
  const { t } = useTranslation();
  return (
    <>
      <Form.Item
        name="name"
        label={t("organization.name")}
        rules={[{ required: true, message: t("ui.required") }, { max: 80 }]}
      >
        <Input data-testid="field-name" />
      </Form.Item>
      <Form.Item name="nameEn" label={t("organization.nameEn")} rules={[{ max: 120 }]}>
        <Input />
      </Form.Item>
      <Form.Item name="headId" label={t("organization.head")}>
        <PersonPicker />
      </Form.Item>
    </>
  );
}

export function CodeField({ help }: { help: string }) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name="code"
      label={t("organization.code")}
      extra={help}
      rules={[
        { required: true, message: t("ui.required") },
        { pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, message: t("people.numberHelp") },
      ]}
    >
      <Input autoComplete="off" data-testid="field-code" />
    </Form.Item>
  );
}

interface OpenUnitProps {
  parent?: Unit;
  onOpened: (unitId: string) => void;
  onClose: () => void;
}

export function OpenUnitDialog({ parent, onOpened, onClose }: OpenUnitProps) {
  const { t } = useTranslation();
  const [key] = useState(idempotencyKey);
  return (
    <CommandDialog
      method={openUnit}
      title={
        parent ? t("organization.openBelowOf", { name: named(parent.name, parent.nameEn) }) : t("organization.openRoot")
      }
      send={t("organization.open")}
      first={{ opensOn: today() }}
      request={(values: Names & { code: string; opensOn: string }) => ({
        ...values,
        idempotencyKey: key,
        parentId: parent?.unitId,
      })}
      onDone={({ unitId = "" }) => onOpened(unitId)}
      onClose={onClose}
      testid="open-unit-dialog"
    >
      <CodeField help={t("organization.codeHelp")} />
      <NameFields />
      <DayField name="opensOn" label={t("organization.opensOn")} />
    </CommandDialog>
  );
}

/** Only what was changed is sent; a head that was taken out is sent empty, which means vacant. */
export function ChangeUnitDialog({ unit, onClose }: { unit: Unit; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = useMessages();
  const { name, nameEn, headId, parentId, since } = unit;
  return (
    <CommandDialog
      method={changeUnit}
      title={t("organization.changeOf", { name: named(name, nameEn) })}
      about={t("organization.changeAbout")}
      send={t("ui.save")}
      first={{ name, nameEn, headId, parentId, effectiveOn: later(today(), since && addDays(since, 1)) }}
      request={(values: Names & { parentId?: string; effectiveOn: string }) => ({
        unitId: unit.unitId,
        version: unit.version,
        effectiveOn: values.effectiveOn,
        ...(values.name === name ? {} : { name: values.name }),
        ...((values.nameEn ?? "") === (nameEn ?? "") ? {} : { nameEn: values.nameEn ?? "" }),
        ...((values.headId ?? "") === (headId ?? "") ? {} : { headId: values.headId ?? "" }),
        ...(values.parentId && values.parentId !== parentId ? { parentId: values.parentId } : {}),
      })}
      onDone={() => void message.success(t("organization.changed"))}
      onClose={onClose}
      testid="change-unit-dialog"
    >
      <NameFields />
      <Form.Item name="parentId" label={t("organization.parent")}>
        <UnitPicker />
      </Form.Item>
      <DayField name="effectiveOn" label={t("people.effectiveOn")} />
    </CommandDialog>
  );
}

export function CloseUnitDialog({ unit, onClose }: { unit: Unit; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = useMessages();
  return (
    <CommandDialog
      method={closeUnit}
      title={t("organization.closeOf", { name: named(unit.name, unit.nameEn) })}
      about={t("organization.closeAbout")}
      send={t("organization.close")}
      danger
      first={{ lastDay: today() }}
      request={({ lastDay }: { lastDay: string }) => ({ unitId: unit.unitId, version: unit.version, lastDay })}
      onDone={() => void message.success(t("organization.closed"))}
      onClose={onClose}
      testid="close-unit-dialog"
    >
      <DayField name="lastDay" label={t("organization.lastDay")} />
    </CommandDialog>
  );
}
