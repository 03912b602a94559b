import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import type { EntryProblem, ImportEntriesResponse } from "@/api/contract";
import { csvOf, download } from "@/imports/problemsFile";
import { DataTable } from "@/ui/DataTable";
import { sayNumber } from "@/ui/numbers";

interface EntryProblemsProps {
  result: ImportEntriesResponse;
  fileName: string;
}

/** What a file would bring, or what is wrong with it, line by line. */
export function EntryProblems({ result, fileName }: EntryProblemsProps) {
  const { t } = useTranslation();
  const { problems = [], problemCount = 0, recorded = 0, unchanged = 0 } = result;
  if (problemCount === 0)
    return (
      <Alert
        type={recorded > 0 ? "success" : "info"}
        showIcon
        title={t("growth.import.ready", { count: recorded })}
        description={t("growth.import.unchanged", { count: unchanged })}
        data-testid="import-ready"
      />
    );
  const save = () =>
    download(
      `${fileName}.problems.csv`,
      csvOf(
        [t("growth.import.line"), t("growth.import.column"), t("growth.import.problem")],
        problems.map(({ line = 0, column = "", message = "" }) => [String(line), column, message]),
      ),
    );
  return (
    <>
      <Alert
        type="error"
        showIcon
        data-testid="import-problems"
        title={t("growth.import.wrong", { count: problemCount })}
        description={
          <div className="stack" style={{ gap: 8 }}>
            {t("growth.import.wrongHelp")}
            {problemCount > problems.length
              ? t("growth.import.firstShown", { shown: sayNumber(problems.length) })
              : null}
            <span>
              <Button size="small" onClick={save}>
                {t("growth.import.downloadProblems")}
              </Button>
            </span>
          </div>
        }
      />
      <DataTable<EntryProblem>
        label={t("growth.import.problems")}
        testid="problems-table"
        rows={problems}
        keyOf={({ line = 0, column = "", message = "" }) => `${line}/${column}/${message}`}
        columns={[
          {
            key: "line",
            title: t("growth.import.line"),
            number: true,
            width: 70,
            cell: ({ line = 0 }) => sayNumber(line),
          },
          {
            key: "column",
            title: t("growth.import.column"),
            cell: ({ column }) => column || <span className="quiet">{t("growth.import.wholeLine")}</span>,
          },
          { key: "problem", title: t("growth.import.problem"), cell: ({ message }) => message },
        ]}
      />
    </>
  );
}
