import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { Case } from "@/api/contract";
import { useAddress } from "@/ui/address";
import { PersonById } from "@/ui/Person";
import { Moment } from "@/ui/When";
import styles from "./Placements.module.css";

/** What the candidate asked, and what a human answered. */
export function ExplanationsPanel({ one }: { one: Case }) {
  const { t } = useTranslation();
  const address = useAddress();
  const explanations = one.explanations ?? [];
  const asks = one.may?.includes("AskForExplanation");
  const answers = one.may?.includes("AnswerExplanation");
  if (explanations.length === 0 && !asks) return null;
  return (
    <section className="panel" aria-label={t("placements.explanations")} data-testid="explanations">
      <h2 className="row" style={{ justifyContent: "space-between" }}>
        {t("placements.explanations")}
        {asks ? (
          <Button
            size="small"
            onClick={() => address.set({ do: "AskForExplanation" })}
            data-testid="do-AskForExplanation"
          >
            {t("placements.do.AskForExplanation")}
          </Button>
        ) : null}
      </h2>
      {explanations.length === 0 ? <p className="quiet">{t("placements.explanationsHelp")}</p> : null}
      <ul>
        {explanations.map(({ explanationId, question, askedAt, answer, answeredBy, answeredAt }) => (
          <li key={explanationId} className={styles.opinion} data-testid="explanation">
            <strong>{question}</strong>
            <span className="quiet">
              <Moment at={askedAt} />
            </span>
            {answer ? (
              <>
                <p>{answer}</p>
                <span className="quiet">
                  <PersonById id={answeredBy} /> · <Moment at={answeredAt} />
                </span>
              </>
            ) : answers ? (
              <Button
                size="small"
                type="primary"
                onClick={() => address.set({ do: "AnswerExplanation", which: explanationId ?? "" })}
              >
                {t("placements.do.AnswerExplanation")}
              </Button>
            ) : (
              <span className="quiet">{t("placements.waitsForAnswer")}</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
