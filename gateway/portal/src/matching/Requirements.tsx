import { Tooltip } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { MatchReport, RequirementMatch, Skill } from "@/api/contract";
import { useIndicatorWords, useRequirementName } from "@/jobs/words";
import { Level } from "@/talent/Level";
import { Source } from "@/talent/Source";
import { FitTag } from "@/talent/tags";
import { useSkills } from "@/talent/useSkills";
import { named } from "@/ui/naming";
import { barsOf, points, type Bar } from "./figures";
import styles from "./Matching.module.css";

/** A bar for every requirement, in the order of the job profile: how it is met, on what evidence, for how many points. */
export function Requirements({ report }: { report: MatchReport }) {
  const { t } = useTranslation();
  const requirements = useMemo(() => report.requirements ?? [], [report]);
  const ids = useMemo(
    () => requirements.flatMap(({ requirement }) => (requirement?.skillId ? [requirement.skillId] : [])),
    [requirements],
  );
  const skills = useSkills(ids);
  const bars = barsOf(requirements);
  return (
    <section className="panel" aria-label={t("matching.requirements")} data-testid="requirements">
      <h2>{t("matching.requirements")}</h2>
      <ul className={styles.requirements}>
        {requirements.map((match, index) => (
          <Line
            key={match.requirement?.requirementId ?? index}
            match={match}
            bar={bars[index] ?? { width: 0, filled: 0 }}
            skill={skills.get(match.requirement?.skillId ?? "")}
          />
        ))}
      </ul>
      {requirements.some(({ fit }) => fit === "FIT_UNKNOWN") ? (
        <p className="quiet" style={{ marginTop: 8 }}>
          {t("matching.assumed")}
        </p>
      ) : null}
    </section>
  );
}

interface LineProps {
  match: RequirementMatch;
  bar: Bar;
  skill: Skill | undefined;
}

function Line({ match, bar, skill }: LineProps) {
  const { t } = useTranslation();
  const nameOf = useRequirementName();
  const { requirement = {}, fit, contributionHundredths, possibleHundredths } = match;
  const name = nameOf(requirement);
  const sum = t("matching.pointsOf", { points: points(contributionHundredths), most: points(possibleHundredths) });
  return (
    <li className={styles.requirement} data-testid="requirement">
      <span className={styles.name}>
        <strong>{name}</strong>{" "}
        <span className={requirement.must ? styles.must : "quiet"}>
          {t(requirement.must ? "jobs.must" : "jobs.soft")}
        </span>
      </span>
      <FitTag fit={fit} />
      <Tooltip
        title={t("matching.pointsHelp", { points: sum, weight: requirement.weight ?? 0 })}
        trigger={["hover", "focus", "click"]}
      >
        <button type="button" className={styles.bar} aria-label={`${name}: ${sum}`}>
          <span className={styles.track} style={{ width: `${bar.width}%` }} aria-hidden>
            <span
              className={`${styles.fill ?? ""} ${fit === "FIT_UNKNOWN" ? (styles.assumed ?? "") : (styles[fit ?? ""] ?? "")}`}
              style={{ width: `${bar.filled}%` }}
            />
          </span>
          <span className={styles.points} aria-hidden>
            {sum}
          </span>
        </button>
      </Tooltip>
      <Held match={match} skill={skill} />
      <Evidence match={match} />
    </li>
  );
}

/** What is held against what is asked for; the levels' words on hover. */
function Held({ match, skill }: { match: RequirementMatch; skill: Skill | undefined }) {
  const { t } = useTranslation();
  const indicatorWords = useIndicatorWords();
  const { requirement = {}, heldHundredths = 0, heldValue, fit } = match;
  if (requirement.indicator)
    return (
      <span className="number">
        {heldValue
          ? t("matching.heldValue", { value: [heldValue, requirement.indicator.unit].filter(Boolean).join(" ") })
          : t("matching.nothingKnown")}
        <span className="quiet"> / {indicatorWords(requirement.indicator)}</span>
      </span>
    );
  const wanted = requirement.level ?? 0;
  return (
    <span className={styles.levels}>
      {fit === "FIT_UNKNOWN" ? (
        <span className="quiet">{t("matching.nothingKnown")}</span>
      ) : (
        <span className={styles.pair}>
          <span className="quiet">{t("matching.held")}</span>{" "}
          <Level level={heldHundredths / 100} skill={skill} wanted={wanted} />
        </span>
      )}
      <span className={styles.pair}>
        <span className="quiet">{t("matching.wanted")}</span> <Level level={wanted} skill={skill} />
      </span>
    </span>
  );
}

function Evidence({ match }: { match: RequirementMatch }) {
  const { t } = useTranslation();
  const { evidence, evidenceDays = 0, fit, bySkill, bySkillEn, confidence = 0 } = match;
  if (fit === "FIT_UNKNOWN") return <span />;
  const by = named(bySkill, bySkillEn);
  return (
    <span className={styles.evidence}>
      {evidence ? <Source entry={evidence} /> : <span className="quiet">{t("matching.evidenceHidden")}</span>}
      <span className="quiet">
        {[
          t("matching.daysAgo", { count: evidenceDays }),
          t("matching.sure", { percent: confidence }),
          by ? t("matching.bySkill", { skill: by }) : "",
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
    </span>
  );
}
