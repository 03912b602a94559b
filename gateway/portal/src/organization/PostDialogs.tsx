import { Form, Input, InputNumber, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Criticality, Post, Unit } from "@/api/contract";
import { idempotencyKey } from "@/api/keys";
import { changePost, closePost, openPost } from "@/api/methods";
import { DayField } from "@/people/commands/parts";
import { today } from "@/ui/days";
import { CommandDialog } from "@/ui/forms";
import { named } from "@/ui/naming";
import { CodeField } from "./UnitDialogs";
import { useMessages } from "@/ui/messages";

const criticalities = [
  "CRITICALITY_UNSPECIFIED",
  "CRITICALITY_LOW",
  "CRITICALITY_MEDIUM",
  "CRITICALITY_HIGH",
] as const satisfies readonly Criticality[];

interface PostValues {
  title: string;
  titleEn?: string;
  family?: string;
  level?: number;
  criticality?: Criticality;
  headcount: number;
}

function PostFields({ atLeast = 1 }: { atLeast?: number }) {
  const { t } = useTranslation();
  return (
    <>
      <Form.Item
        name="title"
        label={t("organization.postTitle")}
        rules={[{ required: true, message: t("ui.required") }, { max: 80 }]}
      >
        <Input data-testid="field-title" />
      </Form.Item>
      <Form.Item name="titleEn" label={t("organization.postTitleEn")} rules={[{ max: 120 }]}>
        <Input />
      </Form.Item>
      <Form.Item name="family" label={t("organization.family")} rules={[{ max: 40 }]}>
        <Input />
      </Form.Item>
      <Form.Item name="level" label={t("organization.level")} extra={t("organization.levelHelp")}>
        <InputNumber min={0} max={20} />
      </Form.Item>
      <Form.Item name="criticality" label={t("organization.criticality")} extra={t("organization.criticalityHelp")}>
        <Select options={criticalities.map((value) => ({ value, label: t(`organization.critical.${value}`) }))} />
      </Form.Item>
      <Form.Item
        name="headcount"
        label={t("organization.headcount")}
        rules={[{ required: true, message: t("ui.required") }]}
      >
        <InputNumber min={Math.max(1, atLeast)} max={100_000} data-testid="field-headcount" />
      </Form.Item>
    </>
  );
}

export function OpenPostDialog({ unit, onClose }: { unit: Unit; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = useMessages();
  const [key] = useState(idempotencyKey);
  return (
    <CommandDialog
      method={openPost}
      title={t("organization.openPostIn", { name: named(unit.name, unit.nameEn) })}
      send={t("organization.open")}
      first={{ opensOn: today(), headcount: 1 }}
      request={(values: PostValues & { code: string; opensOn: string }) => ({
        ...values,
        idempotencyKey: key,
        unitId: unit.unitId,
      })}
      onDone={() => void message.success(t("organization.postOpened"))}
      onClose={onClose}
      testid="open-post-dialog"
    >
      <CodeField help={t("organization.postCodeHelp")} />
      <PostFields />
      <DayField name="opensOn" label={t("organization.opensOn")} />
    </CommandDialog>
  );
}

export function ChangePostDialog({ post, onClose }: { post: Post; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = useMessages();
  const { title, titleEn, family, level, criticality = "CRITICALITY_UNSPECIFIED", headcount } = post;
  const before: Partial<PostValues> = { title, titleEn, family, level, criticality, headcount };
  return (
    <CommandDialog
      method={changePost}
      title={t("organization.changeOf", { name: named(title, titleEn) })}
      send={t("ui.save")}
      first={before}
      request={(values: PostValues) => ({
        postId: post.postId,
        version: post.version,
        ...Object.fromEntries(
          Object.entries(values).filter(
            ([field, value]) => value !== undefined && value !== before[field as keyof PostValues],
          ),
        ),
      })}
      onDone={() => void message.success(t("organization.changed"))}
      onClose={onClose}
      testid="change-post-dialog"
    >
      <PostFields atLeast={post.filled ?? 1} />
    </CommandDialog>
  );
}

export function ClosePostDialog({ post, onClose }: { post: Post; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = useMessages();
  return (
    <CommandDialog
      method={closePost}
      title={t("organization.closeOf", { name: named(post.title, post.titleEn) })}
      about={t("organization.closePostAbout")}
      send={t("organization.close")}
      danger
      first={{ lastDay: today() }}
      request={({ lastDay }: { lastDay: string }) => ({ postId: post.postId, version: post.version, lastDay })}
      onDone={() => void message.success(t("organization.closed"))}
      onClose={onClose}
      testid="close-post-dialog"
    >
      <DayField name="lastDay" label={t("organization.lastDay")} min={post.openedOn} />
    </CommandDialog>
  );
}
