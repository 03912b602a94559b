import { useTranslation } from "react-i18next";
import { useNameCard } from "@/api/cards";
import type { MatchReport } from "@/api/contract";
import { useMyId, useRights } from "@/api/me";
import { findPosts } from "@/api/matching";
import { useRead } from "@/api/queries";
import { Leaves } from "@/talent/Leaves";
import { useAddress, type AddressState } from "@/ui/address";
import { Chip } from "@/ui/chips";
import { DataTable } from "@/ui/DataTable";
import { lazily } from "@/ui/lazily";
import { LinkButton } from "@/ui/LinkButton";
import { named } from "@/ui/naming";
import { Page } from "@/ui/Page";
import { Person } from "@/ui/Person";
import { PersonPicker, UnitPicker } from "@/ui/pickers";
import { BonesTable, Empty } from "@/ui/states";
import { matchColumns } from "./columns";
import { Matched } from "./Unmatched";

const ReportDrawer = lazily(() => import("./ReportDrawer"));

/** Which posts fit me, or somebody I am responsible for? */
export default function PostSearchPage() {
  const { t } = useTranslation();
  const address = useAddress();
  const myId = useMyId();
  const rights = useRights();
  const employeeId = address.get("person") || myId;
  const mine = employeeId === myId;
  const card = useNameCard(employeeId);
  const request = { employeeId, unitId: address.get("unit"), filledToo: address.get("filled") === "1", pageSize: 50 };
  const query = useRead(findPosts, employeeId ? request : null, { keep: true });
  return (
    <Page
      title={mine || !card ? t("matching.postsTitle") : t("matching.postsFor", { name: named(card.name, card.nameEn) })}
      about={mine ? t("matching.postsAbout") : card ? <Person person={card} link /> : undefined}
      actions={
        mine && myId ? <LinkButton to={`/people/${myId}/growth`}>{t("matching.completeProfile")}</LinkButton> : null
      }
    >
      <Filters address={address} employeeId={employeeId} others={rights.overOthers("talent.match.read")} />
      {employeeId ? (
        <Matched query={query} mine={mine} bones={<BonesTable />}>
          {({ reports = [] }) => <Posts reports={reports} address={address} />}
        </Matched>
      ) : (
        <Empty title={t("matching.choosePersonFirst")} />
      )}
    </Page>
  );
}

interface FiltersProps {
  address: AddressState;
  employeeId: string;
  /** Others may be looked at too. */
  others: boolean;
}

function Filters({ address, employeeId, others }: FiltersProps) {
  const { t } = useTranslation();
  const myId = useMyId();
  const filled = address.get("filled") === "1";
  return (
    <section aria-label={t("ui.filters")} className="row no-print">
      {others ? (
        <PersonPicker
          width={260}
          label={t("matching.person")}
          value={employeeId || undefined}
          onChange={(person) => address.set({ person: person === myId ? "" : person, at: "" })}
          testid="choose-person"
        />
      ) : null}
      <UnitPicker
        width={200}
        label={t("jobs.unit")}
        placeholder={t("jobs.anyUnit")}
        value={address.get("unit") || undefined}
        onChange={(unit) => address.set({ unit })}
      />
      <Chip on={filled} onToggle={() => address.set({ filled: filled ? "" : "1" })} testid="filled-too">
        {t("matching.filledToo")}
      </Chip>
    </section>
  );
}

function Posts({ reports, address }: { reports: readonly MatchReport[]; address: AddressState }) {
  const { t } = useTranslation();
  const open = reports.find(({ postId }) => postId === address.get("at"));
  if (reports.length === 0) return <Empty title={t("matching.noPosts")}>{t("matching.noPostsHelp")}</Empty>;
  return (
    <>
      <Leaves on={reports[0]?.lastDay} />
      <DataTable<MatchReport>
        label={t("matching.postsTitle")}
        testid="post-matches"
        rows={reports}
        keyOf={({ postId }) => postId ?? ""}
        onOpen={({ postId }) => address.set({ at: postId ?? "" })}
        columns={[
          {
            key: "post",
            title: t("jobs.post"),
            cell: ({ title, titleEn }) => <strong>{named(title, titleEn)}</strong>,
          },
          ...matchColumns(t),
        ]}
      />
      {open ? (
        <ReportDrawer report={open} title={named(open.title, open.titleEn)} onClose={() => address.set({ at: "" })} />
      ) : null}
    </>
  );
}
