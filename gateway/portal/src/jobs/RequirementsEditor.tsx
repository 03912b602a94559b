import { PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Requirement } from "@/api/contract";
import SkillPicker from "@/talent/SkillPicker";
import { useSkills } from "@/talent/useSkills";
import { lazily } from "@/ui/lazily";
import { named } from "@/ui/naming";
import { keyOf, weighing } from "./demands";
import styles from "./Jobs.module.css";
import { RequirementRow } from "./RequirementRow";
import { useRequirementName } from "./words";

const IndicatorDialog = lazily(async () => ({ default: (await import("./IndicatorDialog")).IndicatorDialog }));

interface RequirementsEditorProps {
  requirements: readonly Requirement[];
  onChange: (requirements: Requirement[]) => void;
}

/** The contract's limit. */
const MOST = 40;

/** The table of requirements being written. A new one takes what is missing to a hundred. */
export function RequirementsEditor({ requirements, onChange }: RequirementsEditorProps) {
  const { t } = useTranslation();
  const nameOf = useRequirementName();
  // The key of the indicator that is open; empty for a new one.
  const [indicator, setIndicator] = useState<string>();
  const ids = useMemo(() => requirements.flatMap(({ skillId }) => (skillId ? [skillId] : [])), [requirements]);
  const skills = useSkills(ids);
  const spare = Math.max(1, weighing(requirements).missing);
  const change = (key: string, values: Partial<Requirement>) =>
    onChange(requirements.map((one) => (keyOf(one) === key ? { ...one, ...values } : one)));
  const shownName = (one: Requirement) => {
    const skill = skills.get(one.skillId ?? "");
    return one.indicator || one.name || !skill ? nameOf(one) : named(skill.name, skill.nameEn);
  };
  const opened = requirements.find((one) => keyOf(one) === indicator);
  const full = requirements.length >= MOST;
  return (
    <section aria-label={t("jobs.requirements")} className="panel">
      <h2>{t("jobs.requirements")}</h2>
      <div className={`${styles.requirement ?? ""} ${styles.heads ?? ""}`} aria-hidden>
        <span>{t("jobs.requirement")}</span>
        <span>{t("jobs.wanted")}</span>
        <span>{t("jobs.kind")}</span>
        <span>{t("jobs.weight")}</span>
        <span>{t("jobs.reason")}</span>
        <span />
      </div>
      {requirements.length === 0 ? <p className="quiet">{t("jobs.noRequirementsYet")}</p> : null}
      <ul data-testid="requirement-rows">
        {requirements.map((one) => (
          <RequirementRow
            key={keyOf(one)}
            requirement={one}
            name={shownName(one)}
            skill={skills.get(one.skillId ?? "")}
            onChange={(values) => change(keyOf(one), values)}
            onIndicator={() => setIndicator(keyOf(one))}
            onRemove={() => onChange(requirements.filter((other) => other !== one))}
          />
        ))}
      </ul>
      <div className="row" style={{ marginTop: 12 }}>
        <SkillPicker
          value={undefined}
          label={t("jobs.addSkill")}
          placeholder={t("jobs.addSkill")}
          except={requirements.flatMap((one) => (one.indicator ? [] : [one.skillId ?? ""]))}
          disabled={full}
          width={260}
          onChange={(skillId) =>
            skillId && onChange([...requirements, { skillId, level: 3, must: false, weight: spare, reason: "" }])
          }
          testid="add-skill"
        />
        <Button icon={<PlusOutlined />} disabled={full} onClick={() => setIndicator("")} data-testid="add-indicator">
          {t("jobs.addIndicator")}
        </Button>
        {full ? <span className="quiet">{t("jobs.full", { most: MOST })}</span> : null}
      </div>
      {indicator === undefined ? null : (
        <IndicatorDialog
          requirement={opened}
          taken={requirements.flatMap((one) => (one.indicator?.code && one !== opened ? [one.indicator.code] : []))}
          onDone={(values, skillId) => {
            setIndicator(undefined);
            const asked = { indicator: values, ...(skillId ? { skillId } : {}) };
            if (opened) change(keyOf(opened), asked);
            else onChange([...requirements, { ...asked, must: false, weight: spare, reason: "" }]);
          }}
          onClose={() => setIndicator(undefined)}
        />
      )}
    </section>
  );
}
