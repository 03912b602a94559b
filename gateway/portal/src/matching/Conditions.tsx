import { useTranslation } from "react-i18next";
import type { ConditionMatch, MatchReport, Shift, WishMatch } from "@/api/contract";
import { useFamilyName } from "@/talent/families";
import { shifts } from "@/talent/shifts";
import { Status, type Tone } from "@/ui/chips";
import { wishState } from "./figures";
import styles from "./Matching.module.css";

function conditionTone({ passed, unknown }: ConditionMatch): { tone: Tone; word: "passed" | "unknown" | "failed" } {
  if (unknown) return { tone: "hollow", word: "unknown" };
  return passed ? { tone: "done", word: "passed" } : { tone: "danger", word: "failed" };
}

/** What excludes when it fails. */
export function Conditions({ report }: { report: MatchReport }) {
  const { t } = useTranslation();
  const conditions = report.conditions ?? [];
  if (conditions.length === 0) return null;
  return (
    <section className="panel" data-testid="conditions">
      <h2>{t("matching.conditions")}</h2>
      <ul className={styles.lines}>
        {conditions.map((one, index) => {
          const { tone, word } = conditionTone(one);
          return (
            <li key={one.condition?.conditionId ?? index}>
              <strong>{one.condition?.certificate}</strong>
              <Status tone={tone}>{t(`matching.condition.${word}`)}</Status>
              <span className={styles.note}>{one.condition?.reason}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** What a wish is about in words: shifts and families by their names, places as they were written. */
function useWishWords(): (wish: WishMatch, words: string | undefined) => string {
  const { t } = useTranslation();
  const familyName = useFamilyName();
  const isShift = (word: string): word is Shift => (shifts as readonly string[]).includes(word);
  return ({ wish }, words) =>
    (words ?? "")
      .split("、")
      .map((word) => (wish === "family" ? familyName(word) : isShift(word) ? t(`talent.shift.${word}`) : word))
      .join("、");
}

const wishTones = { granted: "done", ask: "hollow", refused: "attention" } as const;
const knownWishes = ["shift", "place", "family"] as const;

/** What the person wants and what the post has: beside the score, never in it. */
export function Wishes({ report }: { report: MatchReport }) {
  const { t } = useTranslation();
  const words = useWishWords();
  const wishes = report.wishes ?? [];
  const nameOf = (wish: WishMatch) => {
    const known = knownWishes.find((one) => one === wish.wish);
    return known ? t(`matching.wish.${known}`) : (wish.wish ?? "");
  };
  return (
    <section className="panel" data-testid="wishes">
      <h2>{t("matching.wishes")}</h2>
      {wishes.length === 0 ? <p className="quiet">{t("matching.noWishes")}</p> : null}
      <ul className={styles.lines}>
        {wishes.map((wish) => (
          <li key={wish.wish}>
            <strong>
              {nameOf(wish)} {wish.firm ? <span className={styles.must}>{t("matching.firm")}</span> : null}
            </strong>
            <Status tone={wishTones[wishState(wish)]}>{t(`matching.wishState.${wishState(wish)}`)}</Status>
            <span className={styles.note}>
              {t("matching.wantedOffered", {
                wanted: words(wish, wish.wanted),
                offered: words(wish, wish.offered) || t("matching.notSaid"),
              })}
            </span>
          </li>
        ))}
      </ul>
      <p className="quiet">{t("matching.wishesHelp")}</p>
    </section>
  );
}
