import { Alert, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Import, ImportProblem } from "@/api/contract";
import { listImportProblems } from "@/api/methods";
import { usePages } from "@/api/queries";
import { DataTable } from "@/ui/DataTable";
import { Sensitive } from "@/ui/facts";
import { LinkButton } from "@/ui/LinkButton";
import { sayNumber } from "@/ui/numbers";
import { Shown } from "@/ui/Shown";
import { BonesTable } from "@/ui/states";
import { allProblems, csvOf, download, problemLines } from "./problemsFile";

/** What is wrong, row by row, and what to do about it. */
export function ProblemsPanel({ one }: { one: Import }) {
  const { t } = useTranslation();
  const importId = one.importId ?? "";
  const query = usePages(listImportProblems, { importId, pageSize: 100 }, { anew: true });
  const [saving, setSaving] = useState(false);
  const save = async () => {
    setSaving(true);
    try {
      const headings = [
        t("imports.row"),
        t("imports.column"),
        t("imports.value"),
        t("imports.problem"),
        t("imports.fix"),
      ];
      download(`${one.fileName ?? "import"}.problems.csv`, csvOf(headings, problemLines(await allProblems(importId))));
    } finally {
      setSaving(false);
    }
  };
  return (
    <>
      <Alert
        type="error"
        showIcon
        data-testid="problems-summary"
        title={t("imports.wrongOf", { wrong: sayNumber(one.rowsWrong ?? 0), rows: sayNumber(one.rows ?? 0) })}
        description={
          <div className="stack" style={{ gap: 8 }}>
            {t("imports.wrongHelp")}
            <span className="row">
              <Button size="small" loading={saving} onClick={() => void save()} data-testid="download-problems">
                {t("imports.downloadProblems")}
              </Button>
              <LinkButton
                size="small"
                type="primary"
                to={`/imports/new?kind=${one.kind ?? ""}&from=${importId}`}
                data-testid="fixed-file"
              >
                {t("imports.fixedFile")}
              </LinkButton>
            </span>
          </div>
        }
      />
      <Shown query={query} bones={<BonesTable />}>
        {({ pages }) => (
          <DataTable<ImportProblem>
            label={t("imports.problems")}
            testid="problems-table"
            rows={pages.flatMap((page) => page.problems ?? [])}
            keyOf={({ row = 0, column = "", code = "" }) => `${row}/${column}/${code}`}
            more={{ has: query.hasNextPage, loading: query.isFetchingNextPage, load: () => void query.fetchNextPage() }}
            columns={[
              { key: "row", title: t("imports.row"), number: true, width: 70, cell: ({ row = 0 }) => sayNumber(row) },
              {
                key: "column",
                title: t("imports.column"),
                from: "tablet",
                cell: ({ column }) => column || <span className="quiet">{t("imports.wholeRow")}</span>,
              },
              {
                key: "value",
                title: t("imports.value"),
                from: "tablet",
                cell: ({ value }) => <Sensitive value={value} />,
              },
              { key: "problem", title: t("imports.problem"), cell: ({ problem }) => problem },
              { key: "fix", title: t("imports.fix"), from: "tablet", cell: ({ fix }) => fix },
            ]}
          />
        )}
      </Shown>
    </>
  );
}
