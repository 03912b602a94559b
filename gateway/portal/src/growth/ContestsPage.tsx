import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { Guarded } from "@/access/Guarded";
import type { Contest } from "@/api/contract";
import { usePages } from "@/api/queries";
import { listContests } from "@/api/talent";
import { DataTable } from "@/ui/DataTable";
import { Page } from "@/ui/Page";
import { PersonById } from "@/ui/Person";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";
import { Moment } from "@/ui/When";
import { answerTo } from "./contests";
import { EntryName, EntryValue } from "./EntryWords";

/** Which objections wait for my answer, the longest waiting first? */
export default function ContestsPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("growth.contests.title")} about={t("growth.contests.about")}>
      <Guarded place="contests" permission={listContests.permission} detail={t("growth.contests.notAllowed")}>
        <Contests />
      </Guarded>
    </Page>
  );
}

function Contests() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const query = usePages(listContests, { pageSize: 50 });
  return (
    <Shown query={query} bones={<BonesTable />}>
      {({ pages }) => {
        const rows = pages.flatMap((page) => page.contests ?? []);
        if (rows.length === 0) return <Empty title={t("growth.contests.none")}>{t("growth.contests.noneHelp")}</Empty>;
        return (
          <DataTable<Contest>
            label={t("growth.contests.title")}
            testid="contests"
            rows={rows}
            keyOf={({ entry }) => entry?.entryId ?? ""}
            onOpen={(contest) => void navigate(answerTo(contest))}
            more={{
              has: query.hasNextPage,
              loading: query.isFetchingNextPage,
              load: () => void query.fetchNextPage(),
            }}
            columns={[
              {
                key: "who",
                title: t("growth.contests.whose"),
                cell: ({ employeeId }) => <PersonById id={employeeId} plain={false} />,
              },
              {
                key: "what",
                title: t("growth.what"),
                cell: (contest) => (
                  <Link to={answerTo(contest)}>
                    <EntryName entry={contest.entry ?? {}} />
                  </Link>
                ),
              },
              {
                key: "value",
                title: t("growth.value"),
                from: "desk",
                cell: ({ entry }) => <EntryValue entry={entry ?? {}} />,
              },
              {
                key: "why",
                title: t("growth.contests.why"),
                from: "tablet",
                cell: ({ entry }) => entry?.contested,
              },
              {
                key: "since",
                title: t("growth.contests.since"),
                cell: ({ contestedAt }) => <Moment at={contestedAt} ago />,
              },
            ]}
          />
        );
      }}
    </Shown>
  );
}
