import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { EmployeeStatus, EmployeeSummary } from "@/api/contract";
import { useMe, useMyId, useRights } from "@/api/me";
import { listAccessRequests, listEmployees, listGrants, listImports } from "@/api/methods";
import { listCaseTasks } from "@/api/placements";
import type { Problem } from "@/api/problem";
import { useRead } from "@/api/queries";
import { listContests } from "@/api/talent";
import { answerTo } from "@/growth/contests";
import { open, waits } from "@/imports/states";
import { dayOf, daysBetween, today } from "@/ui/days";
import { taskTo, taskWords } from "@/placements/steps";
import { named } from "@/ui/naming";
import { Person, PersonById } from "@/ui/Person";

export interface Matter {
  key: string;
  to: string;
  /** Who or what it is about. */
  who: ReactNode;
  text: string;
  /** The day it is due, or since which it waits. */
  on: string | undefined;
  due: boolean;
}

export interface Section {
  key: "placements" | "contests" | "decide" | "imports" | "first" | "last" | "probation" | "grants" | "own";
  to: string;
  matters: Matter[];
}

/** How far ahead a day counts as near. */
const AHEAD_DAYS = 30;

function near(day: string | undefined): boolean {
  if (!day) return false;
  const away = daysBetween(today(), day);
  return away >= 0 && away <= AHEAD_DAYS;
}

interface Matters {
  sections: Section[];
  loading: boolean;
  /** Why something could not be read; what could be is in the sections all the same. */
  problem: Problem | undefined;
  retry: () => void;
}

export function useMatters(): Matters {
  const { t } = useTranslation();
  const rights = useRights();
  const myId = useMyId();
  const { requestsWaiting = 0 } = useMe();
  const seesPeople = rights.overOthers("employees.person.read");
  const seesGrants = rights.overOthers("identity.grant.read");
  const toDecide = useRead(
    listAccessRequests,
    requestsWaiting > 0 ? { toDecide: true, state: "ACCESS_REQUEST_STATE_OPEN", pageSize: 10 } : null,
  );
  const own = useRead(listAccessRequests, { state: "ACCESS_REQUEST_STATE_OPEN", pageSize: 10 });
  const tasks = useRead(listCaseTasks, myId && rights.holds("talent.case.take_part") ? {} : null);
  const contests = useRead(listContests, rights.overOthers("talent.profile.verify") ? { pageSize: 200 } : null);
  const imports = useRead(listImports, rights.overAll("employees.import.run") ? { pageSize: 20 } : null);
  const grants = useRead(listGrants, seesGrants ? { state: "GRANT_STATE_ACTIVE", byHand: true, pageSize: 200 } : null);
  const people = (status: EmployeeStatus) => (seesPeople ? { statuses: [status], pageSize: 200 } : null);
  const joining = useRead(listEmployees, people("EMPLOYEE_STATUS_JOINING"));
  const leaving = useRead(listEmployees, people("EMPLOYEE_STATUS_LEAVING"));
  const probation = useRead(listEmployees, people("EMPLOYEE_STATUS_PROBATION"));

  const personMatter = (person: EmployeeSummary, text: string, on: string | undefined, due = true): Matter => ({
    key: person.employeeId ?? "",
    to: `/people/${person.employeeId ?? ""}`,
    who: <Person person={person} />,
    text,
    on,
    due,
  });
  const place = (person: EmployeeSummary) =>
    [named(person.unitName, person.unitNameEn), named(person.postTitle, person.postTitleEn)]
      .filter(Boolean)
      .join(" · ");
  const others = (list: readonly EmployeeSummary[] | undefined) =>
    (list ?? []).filter(({ employeeId }) => employeeId !== myId);

  const sections: Section[] = [
    {
      key: "placements",
      to: "/placements",
      matters: (tasks.data?.tasks ?? []).map((task) => {
        const word = taskWords.find((one) => one === task.task);
        return {
          key: `${task.caseId ?? ""} ${task.task ?? ""}`,
          to: taskTo(task),
          who: [task.number, named(task.title, task.titleEn)].filter(Boolean).join(" · "),
          text: word ? t(`home.task.${word}`) : "",
          on: task.dueOn,
          due: true,
        };
      }),
    },
    {
      key: "contests",
      to: "/growth/contests",
      matters: (contests.data?.contests ?? []).map((contest) => {
        const what = named(contest.entry?.title, contest.entry?.titleEn);
        const why = contest.entry?.contested ?? "";
        return {
          key: contest.entry?.entryId ?? "",
          to: answerTo(contest),
          who: <PersonById id={contest.employeeId} plain={false} />,
          // A rating has no name of its own.
          text: what ? t("home.contests", { what, why }) : t("home.contestsRating", { why }),
          on: contest.contestedAt,
          due: false,
        };
      }),
    },
    {
      key: "decide",
      to: "/requests",
      matters: (toDecide.data?.requests ?? []).map((request) => ({
        key: request.requestId ?? "",
        to: "/requests",
        who: <PersonById id={request.employeeId} plain={false} />,
        text: t("home.asksFor", { role: request.roleLabel ?? "", reason: request.reason ?? "" }),
        on: request.requestedAt,
        due: false,
      })),
    },
    {
      key: "imports",
      to: "/imports",
      matters: (imports.data?.imports ?? []).filter(open).map((one) => ({
        key: one.importId ?? "",
        to: `/imports/${one.importId ?? ""}`,
        who: one.fileName,
        text: `${t(`imports.state.${one.state ?? "IMPORT_STATE_UNSPECIFIED"}`)}${waits(one) ? ` · ${t("home.yourTurn")}` : ""}`,
        on: one.createdAt,
        due: false,
      })),
    },
    {
      key: "first",
      to: "/people?status=joining",
      matters: others(joining.data?.employees)
        .filter(({ hiredOn }) => near(hiredOn))
        .map((person) => personMatter(person, place(person), person.hiredOn)),
    },
    {
      key: "last",
      to: "/people?status=leaving",
      matters: others(leaving.data?.employees)
        .filter(({ lastDay }) => near(lastDay))
        .map((person) => personMatter(person, place(person), person.lastDay)),
    },
    {
      key: "probation",
      to: "/people?status=probation",
      matters: others(probation.data?.employees).map((person) =>
        personMatter(
          person,
          t("home.onProbationFor", { count: Math.max(0, daysBetween(person.hiredOn ?? today(), today())) }),
          person.hiredOn,
          false,
        ),
      ),
    },
    {
      key: "grants",
      to: "/grants",
      matters: (grants.data?.grants ?? [])
        .filter(({ endsAt }) => endsAt && near(dayOf(new Date(endsAt))))
        .map((grant) => ({
          key: grant.grantId ?? "",
          to: grant.employeeId ? `/grants?person=${grant.employeeId}` : "/grants",
          who: <PersonById id={grant.employeeId} otherwise={grant.username ?? ""} />,
          text: grant.roleLabel ?? "",
          on: grant.endsAt ? dayOf(new Date(grant.endsAt)) : undefined,
          due: true,
        })),
    },
    {
      key: "own",
      to: "/requests?view=mine",
      matters: (own.data?.requests ?? []).map((request) => ({
        key: request.requestId ?? "",
        to: "/requests?view=mine",
        who: request.roleLabel,
        text: t("home.waitsForDecision"),
        on: request.requestedAt,
        due: false,
      })),
    },
  ];
  const byDay = (a: Matter, b: Matter) => (a.on ?? "").localeCompare(b.on ?? "");
  const reads = [tasks, contests, toDecide, own, imports, grants, joining, leaving, probation];
  // A right that was lost a moment ago is no failure: the next reading of the rights leaves it out.
  const failed = reads.filter(({ error }) => error && !error.forbidden);
  return {
    sections: sections.map((section) => ({ ...section, matters: section.matters.sort(byDay) })),
    loading: reads.some(({ isLoading }) => isLoading),
    problem: failed[0]?.error ?? undefined,
    retry: () => failed.forEach((one) => void one.refetch()),
  };
}
