import { Form, Radio } from "antd";
import { useTranslation } from "react-i18next";
import { useLevelWords } from "./Level";
import { levels } from "./levels";
import styles from "./talent.module.css";
import { useSkills } from "./useSkills";

/** Choosing a level by what somebody at it does. `from` 1 where the skill is asked for, 0 where it may be missing. */
export function LevelField({ skillId, from = 0 }: { skillId: string | undefined; from?: 0 | 1 }) {
  const { t } = useTranslation();
  const skill = useSkills(skillId ? [skillId] : []).get(skillId ?? "");
  const wordsOf = useLevelWords();
  return (
    <Form.Item name="level" label={t("talent.levelTitle")} rules={[{ required: true, message: t("ui.required") }]}>
      <Radio.Group className={styles.choices} data-testid="field-level">
        {levels.slice(from).map((level) => (
          <Radio key={level} value={level}>
            <strong className="number">{level}</strong> {wordsOf(skill, level)}
          </Radio>
        ))}
      </Radio.Group>
    </Form.Item>
  );
}
