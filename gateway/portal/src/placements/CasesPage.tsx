import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import type { Case, CaseTask } from "@/api/contract";
import { useRights } from "@/api/me";
import { listCaseTasks, listCases } from "@/api/placements";
import { usePages, useRead } from "@/api/queries";
import { Leaves } from "@/talent/Leaves";
import { useAddress } from "@/ui/address";
import { Chip, Status } from "@/ui/chips";
import { DataTable } from "@/ui/DataTable";
import { LinkButton } from "@/ui/LinkButton";
import { named } from "@/ui/naming";
import { Page } from "@/ui/Page";
import { PersonById } from "@/ui/Person";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";
import { Day, Moment } from "@/ui/When";
import { caseStates, CaseStateText } from "./states";
import { taskWords } from "./steps";

/** Which placement cases am I part of, and which need me? */
export default function CasesPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const address = useAddress();
  const opens = useRights().overOthers("talent.case.manage");
  const state = caseStates.find((one) => one === address.get("state"));
  const endedToo = address.get("ended") === "1";
  const query = usePages(listCases, { state: state ?? "CASE_STATE_UNSPECIFIED", endedToo, pageSize: 50 });
  const tasks = useRead(listCaseTasks, {}).data?.tasks ?? [];
  const open = opens ? (
    <LinkButton to="/placements/new" type="primary" data-testid="open-case">
      {t("placements.do.OpenCase")}
    </LinkButton>
  ) : null;
  return (
    <Page title={t("placements.title")} about={t("placements.about")} actions={open}>
      <section aria-label={t("ui.filters")} className="row no-print">
        {caseStates.map((one) => (
          <Chip key={one} on={state === one} onToggle={() => address.set({ state: state === one ? "" : one })}>
            {t(`placements.state.${one}`)}
          </Chip>
        ))}
        <Chip on={endedToo} onToggle={() => address.set({ ended: endedToo ? "" : "1" })} testid="ended-too">
          {t("placements.endedToo")}
        </Chip>
      </section>
      <Shown query={query} bones={<BonesTable />}>
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.cases ?? []);
          if (rows.length === 0)
            return (
              <Empty title={t("placements.none")} action={open}>
                {t(opens ? "placements.noneHelpHr" : "placements.noneHelp")}
              </Empty>
            );
          return (
            <DataTable<Case>
              label={t("placements.title")}
              testid="cases"
              rows={rows}
              keyOf={({ caseId }) => caseId ?? ""}
              onOpen={({ caseId }) => void navigate(`/placements/${caseId ?? ""}`)}
              more={{
                has: query.hasNextPage,
                loading: query.isFetchingNextPage,
                load: () => void query.fetchNextPage(),
              }}
              columns={[
                {
                  key: "number",
                  title: t("placements.number"),
                  // A phone has room for who, where to, and what is asked of the reader.
                  from: "tablet",
                  cell: ({ caseId, number }) => (
                    <Link to={`/placements/${caseId ?? ""}`} className="number">
                      {number}
                    </Link>
                  ),
                },
                {
                  key: "who",
                  title: t("placements.candidate"),
                  cell: ({ employeeId, lastDay }) => (
                    <>
                      <PersonById id={employeeId} plain={false} />
                      <Leaves on={lastDay} />
                    </>
                  ),
                },
                { key: "post", title: t("jobs.post"), cell: ({ title, titleEn }) => named(title, titleEn) },
                {
                  key: "state",
                  title: t("placements.stateTitle"),
                  from: "tablet",
                  cell: ({ state: stands }) => <CaseStateText state={stands} />,
                },
                {
                  key: "task",
                  title: t("placements.needsMe"),
                  cell: ({ caseId }) => <Tasks tasks={tasks.filter((task) => task.caseId === caseId)} />,
                },
                {
                  key: "opened",
                  title: t("placements.openedAt"),
                  from: "desk",
                  cell: ({ openedAt }) => <Moment at={openedAt} />,
                },
              ]}
            />
          );
        }}
      </Shown>
    </Page>
  );
}

function Tasks({ tasks }: { tasks: readonly CaseTask[] }) {
  const { t } = useTranslation();
  if (tasks.length === 0) return <span className="quiet">—</span>;
  return (
    <>
      {tasks.map(({ task, dueOn, overdue }) => {
        const word = taskWords.find((one) => one === task);
        return (
          <div key={task}>
            <Status tone={overdue ? "danger" : "attention"}>
              {word ? t(`placements.task.${word}`) : task} {dueOn ? <Day on={dueOn} dated /> : null}
            </Status>
          </div>
        );
      })}
    </>
  );
}
