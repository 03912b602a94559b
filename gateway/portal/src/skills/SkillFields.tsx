import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Form, Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { SkillRelationKind } from "@/api/contract";
import { skillKinds } from "@/growth/entries";
import SkillPicker from "@/talent/SkillPicker";

const relationKinds = [
  "SKILL_RELATION_KIND_BROADER",
  "SKILL_RELATION_KIND_NEEDS",
  "SKILL_RELATION_KIND_CLOSE",
] as const satisfies readonly SkillRelationKind[];

function Tags({ name, label, most, longest }: { name: string; label: string; most: number; longest: number }) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name={name}
      label={label}
      extra={t("skills.tagsHelp")}
      rules={[{ type: "array", max: most, defaultField: { type: "string", max: longest } }]}
    >
      <Select mode="tags" open={false} suffix={null} tokenSeparators={[";", "；", "、"]} />
    </Form.Item>
  );
}

/** What can be said of a skill. */
export function SkillFields({ skillId }: { skillId?: string }) {
  const { t } = useTranslation();
  const required = [{ required: true, message: t("ui.required") }];
  return (
    <>
      <Form.Item name="kind" label={t("skills.kind")} rules={required}>
        <Select options={skillKinds.map((value) => ({ value, label: t(`talent.skillKind.${value}`) }))} />
      </Form.Item>
      <Form.Item name="name" label={t("skills.nameZh")} rules={required}>
        <Input maxLength={80} data-testid="field-name" />
      </Form.Item>
      <Form.Item name="nameEn" label={t("skills.nameEn")}>
        <Input maxLength={120} />
      </Form.Item>
      <Form.Item name="description" label={t("skills.description")}>
        <Input.TextArea rows={2} maxLength={2000} />
      </Form.Item>
      <Form.Item name="descriptionEn" label={t("skills.descriptionEn")}>
        <Input.TextArea rows={2} maxLength={2000} />
      </Form.Item>
      <fieldset style={{ border: 0, padding: 0, margin: "0 0 16px" }}>
        <legend>{t("skills.levels")}</legend>
        <p className="quiet">{t("skills.levelsHelp")}</p>
        <Form.List name="levels">
          {(fields) =>
            fields.map(({ key, name }) => (
              <div key={key} className="row" style={{ flexWrap: "nowrap", alignItems: "start", marginTop: 4 }}>
                <strong className="number">{name + 1}</strong>
                <Form.Item name={[name, "words"]} noStyle>
                  <Input maxLength={300} aria-label={t("skills.levelWords", { level: name + 1 })} />
                </Form.Item>
                <Form.Item name={[name, "wordsEn"]} noStyle>
                  <Input
                    maxLength={400}
                    aria-label={t("skills.levelWordsEn", { level: name + 1 })}
                    placeholder="English"
                  />
                </Form.Item>
              </div>
            ))
          }
        </Form.List>
      </fieldset>
      <Tags name="synonyms" label={t("skills.synonyms")} most={50} longest={80} />
      <Tags name="synonymsEn" label={t("skills.synonymsEn")} most={50} longest={120} />
      <Relations {...(skillId ? { skillId } : {})} />
      <Form.Item name="months" label={t("skills.perLevel")} extra={t("skills.perLevelHelp")}>
        <InputNumber min={0} max={60} step={0.5} precision={1} style={{ width: 120 }} />
      </Form.Item>
      <Tags name="taughtBy" label={t("skills.taughtBy")} most={20} longest={120} />
      <Tags name="taughtByEn" label={t("skills.taughtByEn")} most={20} longest={160} />
    </>
  );
}

function Relations({ skillId }: { skillId?: string }) {
  const { t } = useTranslation();
  const form = Form.useFormInstance();
  return (
    <fieldset style={{ border: 0, padding: 0, margin: "0 0 16px" }}>
      <legend>{t("skills.relations")}</legend>
      <Form.List name="relations">
        {(fields, { add, remove }) => (
          <>
            {fields.map(({ key, name }) => (
              <div key={key} className="row" style={{ flexWrap: "nowrap", marginTop: 4 }}>
                <Form.Item name={[name, "kind"]} noStyle>
                  <Select
                    aria-label={t("skills.relations")}
                    style={{ width: 150 }}
                    options={relationKinds.map((value) => ({ value, label: t(`skills.relation.${value}`) }))}
                  />
                </Form.Item>
                <Form.Item name={[name, "skillId"]} noStyle rules={[{ required: true, message: t("ui.required") }]}>
                  <SkillPicker except={skillId ? [skillId] : []} />
                </Form.Item>
                <Form.Item noStyle shouldUpdate>
                  {() =>
                    form.getFieldValue(["relations", name, "kind"]) === "SKILL_RELATION_KIND_CLOSE" ? (
                      <Form.Item name={[name, "closeness"]} noStyle>
                        <InputNumber
                          min={1}
                          max={99}
                          precision={0}
                          suffix="%"
                          aria-label={t("skills.closeness")}
                          style={{ width: 90 }}
                        />
                      </Form.Item>
                    ) : null
                  }
                </Form.Item>
                <Button
                  type="text"
                  icon={<DeleteOutlined />}
                  aria-label={t("skills.removeRelation")}
                  onClick={() => remove(name)}
                />
              </div>
            ))}
            <Button
              size="small"
              icon={<PlusOutlined />}
              style={{ marginTop: 8 }}
              onClick={() => add({ kind: "SKILL_RELATION_KIND_CLOSE", closeness: 50 })}
            >
              {t("skills.addRelation")}
            </Button>
          </>
        )}
      </Form.List>
    </fieldset>
  );
}
