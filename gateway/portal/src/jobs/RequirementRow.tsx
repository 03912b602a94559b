import { DeleteOutlined } from "@ant-design/icons";
import { Button, Checkbox, Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Requirement, Skill } from "@/api/contract";
import { useLevelWords } from "@/talent/Level";
import { levels } from "@/talent/levels";
import styles from "./Jobs.module.css";
import { useIndicatorWords } from "./words";

interface RequirementRowProps {
  requirement: Requirement;
  name: string;
  skill: Skill | undefined;
  onChange: (change: Partial<Requirement>) => void;
  onIndicator: () => void;
  onRemove: () => void;
}

/** One requirement being written: what is asked, how strictly, how much it counts and why. */
export function RequirementRow(props: RequirementRowProps) {
  const { requirement, name, skill, onChange, onIndicator, onRemove } = props;
  const { t } = useTranslation();
  const wordsOf = useLevelWords();
  const indicatorWords = useIndicatorWords();
  const { indicator, level = 0, must = false, weight = 0, reason = "" } = requirement;
  return (
    <li className={styles.requirement} data-testid="requirement-row">
      <span>
        <strong>{name}</strong>{" "}
        <span className="quiet">
          {indicator ? t("jobs.indicator") : t(`talent.skillKind.${skill?.kind ?? "SKILL_KIND_UNSPECIFIED"}`)}
        </span>
      </span>
      {indicator ? (
        <Button onClick={onIndicator} style={{ justifyContent: "start" }} data-testid="edit-indicator">
          {indicatorWords(indicator)}
        </Button>
      ) : (
        <Select
          aria-label={t("jobs.levelOfSkill", { name })}
          value={level || null}
          onChange={(next: number | null) => onChange({ level: next ?? 0 })}
          options={levels.slice(1).map((value) => ({ value, label: `${value} · ${wordsOf(skill, value)}` }))}
          popupMatchSelectWidth={false}
          placeholder={t("talent.levelTitle")}
          style={{ width: "100%" }}
        />
      )}
      <Checkbox checked={must} onChange={(event) => onChange({ must: event.target.checked })}>
        {t("jobs.must")}
      </Checkbox>
      <InputNumber
        aria-label={t("jobs.weightOf", { name })}
        min={1}
        max={100}
        precision={0}
        value={weight || null}
        onChange={(next) => onChange({ weight: next ?? 0 })}
        suffix="%"
        style={{ width: "100%" }}
        data-testid="weight"
      />
      <Input
        aria-label={t("jobs.reasonOf", { name })}
        placeholder={t("jobs.reasonHint")}
        maxLength={500}
        value={reason}
        onChange={(event) => onChange({ reason: event.target.value })}
        data-testid="reason"
      />
      <Button
        type="text"
        icon={<DeleteOutlined />}
        aria-label={t("jobs.removeOf", { name })}
        onClick={onRemove}
        data-testid="remove-requirement"
      />
    </li>
  );
}
