import type { TFunction } from "i18next";
import type { MatchReport } from "@/api/contract";
import { OutcomeTag } from "@/talent/tags";
import { Status } from "@/ui/chips";
import type { Column } from "@/ui/DataTable";
import { named } from "@/ui/naming";
import { points, unassessed, wishState } from "./figures";
import { TopGap } from "./Gaps";

/** What both searches say of a match: what it comes to, how far, how sure, what is missing most, and why in a sentence. */
export function matchColumns(t: TFunction): Column<MatchReport>[] {
  return [
    {
      key: "outcome",
      title: t("matching.outcome"),
      cell: (report) => <OutcomeTag outcome={report.outcome} unassessed={unassessed(report)} />,
    },
    {
      key: "score",
      title: t("matching.score"),
      number: true,
      cell: ({ scoreHundredths, lowestHundredths, highestHundredths }) => (
        <span title={t("matching.range", { lowest: points(lowestHundredths), highest: points(highestHundredths) })}>
          {points(scoreHundredths)}
        </span>
      ),
    },
    {
      key: "confidence",
      title: t("matching.confidence"),
      number: true,
      from: "tablet",
      cell: ({ confidence = 0 }) => `${confidence}\u00a0%`,
    },
    { key: "gap", title: t("matching.topGap"), from: "tablet", cell: (report) => <TopGap report={report} /> },
    {
      key: "wishes",
      title: t("matching.wishesShort"),
      from: "desk",
      cell: ({ wishes = [] }) => {
        const against = wishes.filter((wish) => wishState(wish) === "refused");
        if (wishes.length === 0) return <span className="quiet">—</span>;
        if (against.length === 0) return <Status tone="done">{t("matching.wishesKept")}</Status>;
        const firm = against.some((wish) => wish.firm);
        return (
          <Status tone={firm ? "danger" : "attention"}>
            {t(firm ? "matching.firmAgainst" : "matching.wishesAgainst")}
          </Status>
        );
      },
    },
    {
      key: "advice",
      title: t("matching.advice"),
      from: "desk",
      cell: ({ advice, adviceEn }) => <span className="quiet">{named(advice, adviceEn)}</span>,
    },
  ];
}
