import { Drawer, Form } from "antd";
import { useTranslation } from "react-i18next";
import { useNameCard } from "@/api/cards";
import type { Member, Pool } from "@/api/contract";
import { useRights, useMyId } from "@/api/me";
import { addMember, closePool, listMemberships, removeMember, reviewMember } from "@/api/matching";
import { usePages } from "@/api/queries";
import { DayField, useDoneMessage } from "@/people/commands/parts";
import { useAddress } from "@/ui/address";
import { DataTable } from "@/ui/DataTable";
import { addDays, today } from "@/ui/days";
import { CommandDialog, ReasonField } from "@/ui/forms";
import { named } from "@/ui/naming";
import { PersonById } from "@/ui/Person";
import { PersonPicker } from "@/ui/pickers";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";
import { Moment } from "@/ui/When";
import { Why } from "./Members";
import { ChangePoolDialog } from "./PoolDialog";

interface CommandProps {
  pool: Pool;
  onClose: () => void;
}

/** The dialog that the address names, if it may be opened. */
export default function PoolCommands({ pool }: { pool: Pool }) {
  const address = useAddress();
  const rights = useRights();
  const manages = rights.overAll("talent.pool.manage") && !pool.closed;
  const places = rights.overOthers("talent.pool.place") && !pool.closed;
  const common = { pool, onClose: () => address.set({ do: "", who: "" }) };
  const member = pool.members?.find(({ employeeId }) => employeeId === address.get("who"));
  switch (address.get("do")) {
    case "history":
      return <History {...common} />;
    case "change":
      return manages ? <ChangePoolDialog {...common} /> : null;
    case "close":
      return manages ? <CloseDialog {...common} /> : null;
    case "add":
      return places ? <AddDialog {...common} /> : null;
    case "review":
      return places && member ? <ReviewDialog {...common} member={member} /> : null;
    case "remove":
      return places && member ? <RemoveDialog {...common} member={member} /> : null;
    default:
      return null;
  }
}

function CloseDialog({ pool, onClose }: CommandProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  return (
    <CommandDialog
      method={closePool}
      title={t("pools.do.close")}
      send={t("pools.do.close")}
      danger
      about={t("pools.closeAbout", { count: pool.size ?? 0 })}
      request={() => ({ poolId: pool.poolId ?? "", version: pool.version ?? 1 })}
      onDone={() => done(t("pools.done.close"))}
      onClose={onClose}
      testid="close-dialog"
    >
      {null}
    </CommandDialog>
  );
}

function AddDialog({ pool, onClose }: CommandProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  const myId = useMyId();
  return (
    <CommandDialog
      method={addMember}
      title={t("pools.do.add")}
      send={t("pools.do.add")}
      request={({ employeeId, reason }: { employeeId: string; reason: string }) => ({
        poolId: pool.poolId ?? "",
        employeeId,
        reason,
      })}
      onDone={() => done(t("pools.done.add"))}
      onClose={onClose}
      testid="add-dialog"
    >
      <Form.Item name="employeeId" label={t("matching.person")} rules={[{ required: true, message: t("ui.required") }]}>
        <PersonPicker except={myId} testid="field-employeeId" />
      </Form.Item>
      <ReasonField label={t("pools.why")} max={500} />
    </CommandDialog>
  );
}

interface MemberProps extends CommandProps {
  member: Member;
}

function useName(member: Member): string {
  const card = useNameCard(member.employeeId ?? "");
  return card ? named(card.name, card.nameEn) : "";
}

function ReviewDialog({ pool, member, onClose }: MemberProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  return (
    <CommandDialog
      method={reviewMember}
      title={t("pools.reviewOf", { name: useName(member) })}
      send={t("pools.do.review")}
      request={({ note, nextOn }: { note: string; nextOn?: string }) => ({
        poolId: pool.poolId ?? "",
        employeeId: member.employeeId ?? "",
        note,
        nextOn: nextOn ?? "",
      })}
      onDone={() => done(t("pools.done.review"))}
      onClose={onClose}
      testid="review-dialog"
    >
      <ReasonField name="note" label={t("pools.found")} max={500} />
      <DayField
        name="nextOn"
        label={t("pools.nextReview")}
        required={false}
        min={addDays(today(), 1)}
        extra={t(pool.reviewMonths ? "pools.nextByRhythm" : "pools.nextNever", { count: pool.reviewMonths ?? 0 })}
      />
    </CommandDialog>
  );
}

function RemoveDialog({ pool, member, onClose }: MemberProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  return (
    <CommandDialog
      method={removeMember}
      title={t("pools.removeOf", { name: useName(member) })}
      send={t("pools.do.remove")}
      danger
      about={member.byRule ? t("pools.keptOut") : undefined}
      request={({ reason }: { reason: string }) => ({
        poolId: pool.poolId ?? "",
        employeeId: member.employeeId ?? "",
        reason,
      })}
      onDone={() => done(t("pools.done.remove"))}
      onClose={onClose}
      testid="remove-dialog"
    >
      <ReasonField label={t("pools.whyOut")} max={500} />
    </CommandDialog>
  );
}

/** Who was in it when, by whom and why. */
function History({ pool, onClose }: CommandProps) {
  const { t } = useTranslation();
  const query = usePages(listMemberships, { poolId: pool.poolId ?? "", pageSize: 100 });
  return (
    <Drawer open onClose={onClose} size={Math.min(860, window.innerWidth)} title={t("pools.history")}>
      <Shown query={query} bones={<BonesTable rows={5} columns={4} />}>
        {({ pages }) => {
          const members = pages.flatMap((page) => page.members ?? []);
          if (members.length === 0) return <Empty title={t("pools.noHistory")} />;
          return (
            <DataTable<Member>
              label={t("pools.history")}
              rows={members}
              keyOf={({ employeeId, since }) => `${employeeId ?? ""} ${since ?? ""}`}
              more={{
                has: query.hasNextPage,
                loading: query.isFetchingNextPage,
                load: () => void query.fetchNextPage(),
              }}
              columns={[
                {
                  key: "who",
                  title: t("matching.person"),
                  cell: ({ employeeId }) => <PersonById id={employeeId} link />,
                },
                {
                  key: "time",
                  title: t("pools.time"),
                  cell: ({ since, until }) => (
                    <>
                      <Moment at={since} /> – {until ? <Moment at={until} /> : t("growth.present")}
                    </>
                  ),
                },
                { key: "why", title: t("pools.why"), from: "tablet", cell: (member) => <Why member={member} /> },
                {
                  key: "out",
                  title: t("pools.whyOut"),
                  from: "tablet",
                  cell: ({ until, endReason, removedBy }) =>
                    until ? (
                      <>
                        {endReason || t("pools.outByRule")}{" "}
                        <span className="quiet">
                          <PersonById id={removedBy} otherwise="" />
                        </span>
                      </>
                    ) : (
                      <span className="quiet">—</span>
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
