import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { Member, Pool } from "@/api/contract";
import { useMyId, useRights } from "@/api/me";
import { Leaves } from "@/talent/Leaves";
import { useAddress } from "@/ui/address";
import { Status } from "@/ui/chips";
import { DataTable } from "@/ui/DataTable";
import { today } from "@/ui/days";
import { PersonById } from "@/ui/Person";
import { Empty } from "@/ui/states";
import { Day, Moment } from "@/ui/When";
import { isDue } from "./rules";

export interface MembersProps {
  /** With the members read so far. */
  pool: Pool;
  more: { has: boolean; loading: boolean; load: () => void };
}

/** Members, those to be looked at soonest first. */
export function Members({ pool, more }: MembersProps) {
  const { t } = useTranslation();
  const address = useAddress();
  const myId = useMyId();
  const places = useRights().overOthers("talent.pool.place") && !pool.closed;
  const members = pool.members ?? [];
  if (members.length === 0)
    return <Empty title={t("pools.empty")}>{t(pool.rule ? "pools.emptyRule" : "pools.emptyHand")}</Empty>;
  return (
    <DataTable<Member>
      label={t("pools.members")}
      testid="members"
      rows={members}
      more={more}
      keyOf={({ employeeId }) => employeeId ?? ""}
      columns={[
        {
          key: "who",
          title: t("matching.person"),
          cell: ({ employeeId, lastDay }) => (
            <>
              <PersonById id={employeeId} link plain={false} />
              <Leaves on={lastDay} />
            </>
          ),
        },
        { key: "why", title: t("pools.why"), from: "tablet", cell: (member) => <Why member={member} /> },
        { key: "since", title: t("pools.since"), from: "desk", cell: ({ since }) => <Moment at={since} /> },
        {
          key: "review",
          title: t("pools.nextReview"),
          cell: (member) =>
            isDue(member, today()) ? (
              <Status tone="attention">
                <Day on={member.reviewOn} dated />
              </Status>
            ) : (
              <Day on={member.reviewOn} dated />
            ),
        },
        {
          key: "note",
          title: t("pools.lastNote"),
          from: "desk",
          cell: ({ reviewNote }) => reviewNote || <span className="quiet">—</span>,
        },
        {
          key: "do",
          title: "",
          cell: ({ employeeId = "" }) =>
            places && employeeId !== myId ? (
              <span className="row no-print" style={{ flexWrap: "nowrap", justifyContent: "flex-end" }}>
                <Button
                  size="small"
                  onClick={() => address.set({ do: "review", who: employeeId })}
                  data-testid="review-member"
                >
                  {t("pools.do.review")}
                </Button>
                <Button
                  size="small"
                  onClick={() => address.set({ do: "remove", who: employeeId })}
                  data-testid="remove-member"
                >
                  {t("pools.do.remove")}
                </Button>
              </span>
            ) : null,
        },
      ]}
    />
  );
}

export function Why({ member }: { member: Member }) {
  const { t } = useTranslation();
  if (member.byRule) return <span className="quiet">{t("pools.becauseOfRule")}</span>;
  return (
    <span>
      {member.reason}{" "}
      <span className="quiet">
        <PersonById id={member.addedBy} otherwise="" />
      </span>
    </span>
  );
}
