import { Drawer } from "antd";
import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import type { Employee } from "@/api/contract";
import { usePages } from "@/api/queries";
import { listProfileHistory } from "@/api/talent";
import { Status } from "@/ui/chips";
import { DataTable } from "@/ui/DataTable";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";
import { Moment } from "@/ui/When";
import { Source } from "@/talent/Source";
import { EntryName, EntryValue } from "./EntryWords";

/** Everything that was ever said, newest first: what counts, and what was ended or followed by another. */
export function HistoryDrawer({ person, onClose }: { person: Employee; onClose: () => void }) {
  const { t } = useTranslation();
  const query = usePages(listProfileHistory, { employeeId: person.employeeId ?? "", pageSize: 50 });
  return (
    // Inside a drawer nothing lies above the table that its head would have to clear.
    <Drawer
      open
      onClose={onClose}
      size={760}
      title={t("growth.history")}
      rootStyle={{ "--bar": "0px" } as CSSProperties}
    >
      <Shown query={query} bones={<BonesTable rows={6} columns={4} />}>
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.entries ?? []);
          if (rows.length === 0) return <Empty title={t("growth.historyNone")} />;
          return (
            <DataTable
              label={t("growth.history")}
              testid="profile-history"
              rows={rows}
              keyOf={({ entryId }) => entryId ?? ""}
              more={{
                has: query.hasNextPage,
                loading: query.isFetchingNextPage,
                load: () => void query.fetchNextPage(),
              }}
              columns={[
                {
                  key: "what",
                  title: t("growth.what"),
                  cell: (entry) => <EntryName entry={entry} />,
                },
                { key: "value", title: t("growth.value"), cell: (entry) => <EntryValue entry={entry} /> },
                { key: "source", title: t("growth.source"), from: "tablet", cell: (entry) => <Source entry={entry} /> },
                {
                  key: "state",
                  title: t("growth.state"),
                  cell: ({ endedAt }) =>
                    endedAt ? (
                      <Status tone="hollow">
                        {t("growth.endedAt")} <Moment at={endedAt} />
                      </Status>
                    ) : (
                      <Status tone="done">{t("growth.counts")}</Status>
                    ),
                },
              ]}
            />
          );
        }}
      </Shown>
    </Drawer>
  );
}
