import { Alert, Form, Input, InputNumber, Radio, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { ChangePoolRequest, Pool } from "@/api/contract";
import { idempotencyKey } from "@/api/keys";
import { changePool, getPool, openPool } from "@/api/matching";
import { useCommand, useRead } from "@/api/queries";
import { useDoneMessage } from "@/people/commands/parts";
import { ConflictDialog } from "@/talent/ConflictDialog";
import { CommandDialog } from "@/ui/forms";
import { PostPicker, UnitPicker } from "@/ui/pickers";
import styles from "./Pools.module.css";
import {
  asksForNothing,
  isTouched,
  mergedWords,
  poolDisputes,
  poolKinds,
  ruleOf,
  valuesOf,
  wordsOf,
  type PoolValues,
  type PoolWords,
} from "./rules";
import { RuleFields } from "./RuleFields";
import { useRuleText } from "./RuleText";

const first: PoolValues = { name: "", kind: "POOL_KIND_KEY_TALENT", reviewMonths: 6, by: "hand", skills: [] };

/** An unset rule is left out: exact types know no undefined. */
function withRule<Request extends object>(request: Request, values: PoolValues) {
  const rule = ruleOf(values);
  return rule ? { ...request, rule } : request;
}

export function OpenPoolDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const done = useDoneMessage();
  const [key] = useState(idempotencyKey);
  return (
    <CommandDialog
      method={openPool}
      title={t("pools.do.open")}
      send={t("pools.do.open")}
      first={first}
      request={(values: PoolValues) =>
        withRule(
          {
            idempotencyKey: key,
            name: values.name,
            nameEn: values.nameEn ?? "",
            kind: values.kind,
            reviewMonths: values.reviewMonths,
            ...(values.kind === "POOL_KIND_SUCCESSORS" && values.postId ? { postId: values.postId } : {}),
          },
          values,
        )
      }
      onDone={(pool) => {
        done(t("pools.done.open"));
        void navigate(`/pools/${pool.poolId ?? ""}`);
      }}
      onClose={onClose}
      testid="pool-dialog"
    >
      {(values) => (
        <>
          <Form.Item name="kind" label={t("pools.kindTitle")} required>
            <Select
              options={poolKinds.map((kind) => ({ value: kind, label: t(`pools.kind.${kind}`) }))}
              data-testid="field-kind"
            />
          </Form.Item>
          {values.kind === "POOL_KIND_SUCCESSORS" ? (
            <div className={styles.fields}>
              <Form.Item name="unitOfPost" label={t("jobs.unit")}>
                <UnitPicker />
              </Form.Item>
              <Form.Item name="postId" label={t("pools.post")} rules={[{ required: true, message: t("ui.required") }]}>
                <PostPicker unitId={values.unitOfPost} />
              </Form.Item>
            </div>
          ) : null}
          <PoolFields values={values} />
        </>
      )}
    </CommandDialog>
  );
}

/** The request for a pool's words; an unset rule is left out, exact types know no undefined. */
function changeOf({ poolId = "", version = 1 }: Pool, { rule, ...words }: PoolWords): ChangePoolRequest {
  return { poolId, version, ...words, ...(rule ? { rule } : {}) };
}

interface ChangeProps {
  pool: Pool;
  onClose: () => void;
}

/** Changes a pool. Whoever saved meanwhile is met field by field, with what was typed beside it. */
export function ChangePoolDialog({ pool, onClose }: ChangeProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  // The pool as it was when the form opened; the one behind the page moves on.
  const [base] = useState(pool);
  const [mine, setMine] = useState<PoolWords>();
  if (mine) return <PoolConflict base={base} mine={mine} onClose={onClose} />;
  return (
    <CommandDialog
      method={changePool}
      title={t("pools.do.change")}
      send={t("ui.save")}
      first={valuesOf(base)}
      request={(values: PoolValues) => changeOf(base, wordsOf(values))}
      onDone={() => done(t("pools.done.change"))}
      onConflict={(values) => setMine(wordsOf(values))}
      onClose={onClose}
      testid="pool-dialog"
    >
      {(values) => <PoolFields values={values} />}
    </CommandDialog>
  );
}

function PoolConflict({ base, mine, onClose }: { base: Pool; mine: PoolWords; onClose: () => void }) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  const now = useRead(getPool, { poolId: base.poolId ?? "", pageSize: 1 }, { staleTime: 0 });
  const command = useCommand(changePool, {
    onDone: () => {
      done(t("pools.done.change"));
      onClose();
    },
  });
  const before = wordsOf(valuesOf(base));
  const theirs = now.data && now.data.version !== base.version ? wordsOf(valuesOf(now.data)) : undefined;
  const rules = [useRuleText(before.rule), useRuleText(theirs?.rule), useRuleText(mine.rule)];
  const say = (words: PoolWords, field: keyof PoolWords, rule: string | undefined) =>
    field === "rule" ? (rule ?? "") : String(words[field]);
  if (!theirs || !now.data) return null;
  const pool = now.data;
  return (
    <ConflictDialog
      fields={poolDisputes(before, theirs, mine).map((field) => ({
        key: field,
        field: t(`pools.field.${field}`),
        before: say(before, field, rules[0]),
        theirs: say(theirs, field, rules[1]),
        mine: isTouched(before, mine, field) ? say(mine, field, rules[2]) : undefined,
      }))}
      sending={command.isPending}
      onSend={(kept) => command.mutate(changeOf(pool, mergedWords(before, theirs, mine, kept)))}
      onClose={onClose}
    />
  );
}

function PoolFields({ values }: { values: Partial<PoolValues> }) {
  const { t } = useTranslation();
  return (
    <>
      <div className={styles.fields}>
        <Form.Item
          name="name"
          label={t("pools.name")}
          rules={[{ required: true, whitespace: true, message: t("ui.required") }, { max: 60 }]}
        >
          <Input maxLength={60} data-testid="field-name" />
        </Form.Item>
        <Form.Item name="nameEn" label={t("pools.nameEn")} rules={[{ max: 80 }]}>
          <Input maxLength={80} lang="en" />
        </Form.Item>
      </div>
      <Form.Item
        name="reviewMonths"
        label={t("pools.reviewMonths")}
        extra={t("pools.reviewMonthsHelp")}
        rules={[{ required: true, message: t("ui.required") }]}
      >
        <InputNumber min={0} max={36} precision={0} suffix={t("pools.months")} style={{ width: 160 }} />
      </Form.Item>
      <Form.Item name="by" label={t("pools.members")} required>
        <Radio.Group style={{ display: "grid", gap: 6 }}>
          <Radio value="hand">{t("pools.pickByHand")}</Radio>
          <Radio value="rule" data-testid="by-rule">
            {t("pools.pickByRule")}
          </Radio>
        </Radio.Group>
      </Form.Item>
      {values.by === "rule" ? <RuleFields /> : null}
      {values.by === "rule" && asksForNothing({ ...first, ...values }) ? (
        <Alert type="warning" showIcon title={t("pools.rule.everybody")} />
      ) : null}
    </>
  );
}
