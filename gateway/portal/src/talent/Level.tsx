import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import type { Skill } from "@/api/contract";
import { named } from "@/ui/naming";
import styles from "./talent.module.css";
import { levels } from "./levels";

/** What somebody at a level does: in the skill's own words, else in those that hold for every skill. */
export function useLevelWords(): (skill: Skill | undefined, level: number) => string {
  const { t } = useTranslation();
  return (skill, level) => {
    const own = skill?.levels?.find((one) => one.level === level);
    const known = levels.find((one) => one === level);
    return named(own?.words, own?.wordsEn) || (known === undefined ? "" : t(`talent.level.${known}`));
  };
}

interface LevelProps {
  /** 0 to 5; halves come from close skills. */
  level: number;
  skill?: Skill | undefined;
  /** The level that is asked for, drawn as an outline. */
  wanted?: number;
}

/** A level as a bar of five, with its words on hover, focus and tap. */
export function Level({ level, skill, wanted = 0 }: LevelProps) {
  const { t } = useTranslation();
  const wordsOf = useLevelWords();
  const words = wordsOf(skill, Math.floor(level));
  return (
    <Tooltip title={words} trigger={["hover", "focus", "click"]}>
      <button type="button" className={styles.plain} aria-label={t("talent.levelOf", { level, words })}>
        <span className={styles.bar} aria-hidden>
          {levels.slice(1).map((step) => (
            <span
              key={step}
              className={[styles.step, step <= level ? styles.held : "", step === wanted ? styles.wanted : ""].join(
                " ",
              )}
            />
          ))}
        </span>
        <span className={styles.level} aria-hidden>
          {level}
        </span>
      </button>
    </Tooltip>
  );
}
