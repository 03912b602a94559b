import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import type { Import } from "@/api/contract";
import { listImports } from "@/api/methods";
import { usePages } from "@/api/queries";
import { DataTable } from "@/ui/DataTable";
import { LinkButton } from "@/ui/LinkButton";
import { sayNumber, sayPercent } from "@/ui/numbers";
import { Page } from "@/ui/Page";
import { PersonById } from "@/ui/Person";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";
import { Moment } from "@/ui/When";
import { ImportStateText, runs } from "./states";

/** Imports that were begun: those still open come back to where they were left. */
export default function ImportsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const query = usePages(listImports, { pageSize: 50 });
  const start = (
    <LinkButton to="/imports/new" type="primary" data-testid="new-import">
      {t("places.newImport")}
    </LinkButton>
  );
  return (
    <Page title={t("imports.title")} actions={start}>
      <Shown query={query} bones={<BonesTable />}>
        {({ pages }) => {
          const imports = pages.flatMap((page) => page.imports ?? []);
          if (imports.length === 0)
            return (
              <Empty title={t("imports.none")} action={start}>
                {t("imports.noneHelp")}
              </Empty>
            );
          return (
            <DataTable<Import>
              label={t("imports.title")}
              testid="imports-table"
              rows={imports}
              keyOf={({ importId }) => importId ?? ""}
              onOpen={({ importId }) => void navigate(`/imports/${importId ?? ""}`)}
              more={{
                has: query.hasNextPage,
                loading: query.isFetchingNextPage,
                load: () => void query.fetchNextPage(),
              }}
              columns={[
                {
                  key: "file",
                  title: t("imports.file"),
                  cell: ({ fileName, importId }) => <Link to={`/imports/${importId ?? ""}`}>{fileName}</Link>,
                },
                {
                  key: "kind",
                  title: t("imports.kindTitle"),
                  from: "tablet",
                  cell: ({ kind = "IMPORT_KIND_UNSPECIFIED" }) => t(`imports.kind.${kind}`),
                },
                {
                  key: "state",
                  title: t("imports.stateTitle"),
                  cell: (one) => (
                    <span className="row">
                      <ImportStateText state={one.state} />
                      {runs(one) && one.rows ? (
                        <span className="quiet number">{sayPercent((one.rowsDone ?? 0) / one.rows)}</span>
                      ) : null}
                    </span>
                  ),
                },
                {
                  key: "rows",
                  title: t("imports.rows"),
                  number: true,
                  from: "tablet",
                  cell: ({ rows = 0 }) => sayNumber(rows),
                },
                {
                  key: "wrong",
                  title: t("imports.rowsWrong"),
                  number: true,
                  from: "desk",
                  cell: ({ rowsWrong = 0 }) => sayNumber(rowsWrong),
                },
                {
                  key: "who",
                  title: t("imports.by"),
                  from: "desk",
                  cell: ({ createdBy }) => <PersonById id={createdBy} otherwise={t("imports.bySystem")} />,
                },
                {
                  key: "at",
                  title: t("imports.begun"),
                  number: true,
                  from: "tablet",
                  cell: ({ createdAt }) => <Moment at={createdAt} />,
                },
              ]}
            />
          );
        }}
      </Shown>
    </Page>
  );
}
