import { useTranslation } from "react-i18next";
import type { JobDemands } from "@/api/contract";
import { Status, type Tone } from "@/ui/chips";
import { DataTable } from "@/ui/DataTable";
import { Empty } from "@/ui/states";
import { differences, type Difference } from "./demands";
import { usePieceWords } from "./words";

interface ComparisonProps {
  before: JobDemands;
  after: JobDemands;
  beforeName: string;
  afterName: string;
}

type Change = "added" | "removed" | "changed";
const tones: Record<Change, Tone> = { added: "done", removed: "danger", changed: "attention" };

function changeOf({ before, after }: Difference): Change {
  if (!before) return "added";
  return after ? "changed" : "removed";
}

/** Two versions beside each other: only what they say differently. */
export function Comparison({ before, after, beforeName, afterName }: ComparisonProps) {
  const { t } = useTranslation();
  const { nameOf, wordsOf } = usePieceWords();
  const found = differences(before, after);
  if (found.length === 0) return <Empty title={t("jobs.noDifference")} />;
  return (
    <DataTable<Difference>
      label={t("jobs.comparison")}
      testid="comparison"
      rows={found}
      keyOf={({ key }) => key}
      columns={[
        {
          key: "what",
          title: t("jobs.requirement"),
          cell: (one) => {
            const piece = one.after ?? one.before;
            return <strong>{piece ? nameOf(piece) : ""}</strong>;
          },
        },
        {
          key: "change",
          title: t("jobs.change"),
          from: "tablet",
          cell: (one) => <Status tone={tones[changeOf(one)]}>{t(`jobs.changes.${changeOf(one)}`)}</Status>,
        },
        {
          key: "before",
          title: beforeName,
          cell: (one) => <span className="quiet">{wordsOf(one.before) || "—"}</span>,
        },
        { key: "after", title: afterName, cell: (one) => wordsOf(one.after) || "—" },
      ]}
    />
  );
}
