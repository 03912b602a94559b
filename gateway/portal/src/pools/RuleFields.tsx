import { DeleteOutlined } from "@ant-design/icons";
import { Button, Checkbox, Form, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import { levels } from "@/talent/levels";
import SkillPicker from "@/talent/SkillPicker";
import { UnitPicker } from "@/ui/pickers";
import styles from "./Pools.module.css";

/** The contract takes so many. */
const MOST_SKILLS = 10;

/** Who belongs to a pool by itself: whoever fulfils all of it. */
export function RuleFields() {
  const { t } = useTranslation();
  const level = (value: number) => ({ value, label: t("pools.rule.levelFrom", { level: value }) });
  return (
    <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
      <legend className="unseen">{t("pools.pickByRule")}</legend>
      <Form.List name="skills">
        {(lines, { add, remove }) => (
          <Form.Item label={t("pools.rule.skills")}>
            {lines.map(({ key, name }) => (
              <div key={key} className={styles.line}>
                <Form.Item name={[name, "skillId"]} noStyle>
                  <SkillPicker />
                </Form.Item>
                <Form.Item name={[name, "level"]} noStyle initialValue={3}>
                  <Select aria-label={t("talent.levelTitle")} options={levels.slice(1).map(level)} />
                </Form.Item>
                <Button
                  type="text"
                  icon={<DeleteOutlined aria-hidden />}
                  aria-label={t("pools.rule.removeSkill")}
                  onClick={() => remove(name)}
                />
              </div>
            ))}
            <Button size="small" disabled={lines.length >= MOST_SKILLS} onClick={() => add({})} data-testid="add-skill">
              {t("pools.rule.addSkill")}
            </Button>
          </Form.Item>
        )}
      </Form.List>
      <div className={styles.fields}>
        <Form.Item name="review" label={t("pools.rule.reviewAtLeast")} extra={t("pools.rule.reviewHelp")}>
          <InputNumber min={0} max={5} step={0.1} precision={2} style={{ width: "100%" }} />
        </Form.Item>
        <Form.Item name="growth" label={t("pools.rule.growthAtLeast")}>
          <Select
            allowClear
            placeholder={t("pools.rule.any")}
            options={([1, 2, 3, 4, 5] as const).map((value) => ({
              value,
              label: `${value} · ${t(`talent.growthLevel.${value}`)}`,
            }))}
          />
        </Form.Item>
        <Form.Item name="unitId" label={t("pools.rule.ofUnit")}>
          <UnitPicker placeholder={t("jobs.anyUnit")} />
        </Form.Item>
        <Form.Item name="learnsFast" valuePropName="checked" label={t("talent.potential.POTENTIAL_KIND_LEARNING")}>
          <Checkbox>{t("pools.rule.learnsFast")}</Checkbox>
        </Form.Item>
      </div>
    </fieldset>
  );
}
