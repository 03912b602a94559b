import { useTranslation } from "react-i18next";
import type { Case, CaseStep } from "@/api/contract";
import { PersonById } from "@/ui/Person";
import { Moment } from "@/ui/When";
import styles from "./Placements.module.css";

const known = [
  "opened",
  "participant_added",
  "participant_removed",
  "matched",
  "opinions_asked",
  "opinion_given",
  "reminded",
  "decided",
  "explanation_asked",
  "explanation_answered",
  "closed",
  "withdrawn",
] as const;

export function useStepWords(): (step: CaseStep) => string {
  const { t } = useTranslation();
  return ({ step, milestone }) => {
    if (step === "progress") return t(`placements.milestone.${milestone ?? "MILESTONE_UNSPECIFIED"}`);
    const word = known.find((one) => one === step);
    return word ? t(`placements.step.${word}`) : (step ?? "");
  };
}

/** What happened, newest first. */
export function TimelinePanel({ one }: { one: Case }) {
  const { t } = useTranslation();
  const wordsOf = useStepWords();
  const steps = [...(one.steps ?? [])].reverse();
  return (
    <section className="panel" aria-label={t("placements.timeline")} data-testid="case-timeline">
      <h2>{t("placements.timeline")}</h2>
      <ol>
        {steps.map((step, index) => (
          <li key={`${step.at ?? ""} ${step.step ?? ""} ${steps.length - index}`} className={styles.line}>
            <div className="row" style={{ justifyContent: "space-between" }}>
              <strong>{wordsOf(step)}</strong>
              <span className="quiet">
                <Moment at={step.at} />
              </span>
            </div>
            <div className="row quiet" style={{ columnGap: 6 }}>
              <PersonById id={step.actorId} otherwise={t("placements.bySystem")} />
              {step.employeeId && step.employeeId !== step.actorId ? (
                <>
                  <span aria-hidden>→</span>
                  <PersonById id={step.employeeId} />
                </>
              ) : null}
            </div>
            {step.note ? <p>{step.note}</p> : null}
          </li>
        ))}
      </ol>
    </section>
  );
}
