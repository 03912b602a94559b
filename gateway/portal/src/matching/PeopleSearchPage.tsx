import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { FindPeopleRequest, FindPeopleResponse, MatchReport } from "@/api/contract";
import { useMyId, useRights } from "@/api/me";
import { findPeople } from "@/api/matching";
import { useRead } from "@/api/queries";
import { Leaves } from "@/talent/Leaves";
import { useAddress, type AddressState } from "@/ui/address";
import { Chip } from "@/ui/chips";
import { DataTable, type Column } from "@/ui/DataTable";
import { lazily } from "@/ui/lazily";
import { LinkButton } from "@/ui/LinkButton";
import { named } from "@/ui/naming";
import { sayNumber } from "@/ui/numbers";
import { Page } from "@/ui/Page";
import { PersonById } from "@/ui/Person";
import { UnitPicker } from "@/ui/pickers";
import { BonesTable, Empty } from "@/ui/states";
import { matchColumns } from "./columns";
import { JobPicker } from "./picker";
import { outcomeOf, outcomes, outcomesIn } from "./outcomes";
import { Paging } from "./Paging";
import { Matched } from "./Unmatched";

const ReportDrawer = lazily(() => import("./ReportDrawer"));

const PAGE = 20;

/** Who fits this post best, of those the caller may see? */
export default function PeopleSearchPage() {
  const { t } = useTranslation();
  const address = useAddress();
  const postId = address.get("post");
  const offset = Math.max(0, Math.trunc(Number(address.get("from")) || 0));
  const request: FindPeopleRequest = {
    postId,
    unitId: address.get("unit"),
    outcomes: outcomesIn(address.all("outcome")).map(outcomeOf),
    honourFirmWishes: address.get("firm") === "1",
    pageSize: PAGE,
    offset,
  };
  const query = useRead(findPeople, postId ? request : null, { keep: true });
  const post = query.data?.reports?.[0];
  return (
    <Page
      title={post ? t("matching.peopleFor", { post: named(post.title, post.titleEn) }) : t("matching.peopleTitle")}
      about={t("matching.peopleAbout")}
    >
      <Filters address={address} />
      {postId ? (
        <Matched query={query} postId={postId} mine={false} bones={<BonesTable />}>
          {(found) => <People found={found} address={address} offset={offset} />}
        </Matched>
      ) : (
        <Empty title={t("matching.choosePostFirst")}>{t("matching.choosePostHelp")}</Empty>
      )}
    </Page>
  );
}

function Filters({ address }: { address: AddressState }) {
  const { t } = useTranslation();
  const chosen = outcomesIn(address.all("outcome"));
  const firm = address.get("firm") === "1";
  return (
    <section aria-label={t("ui.filters")} className="row no-print">
      <JobPicker
        width={260}
        value={address.get("post") || undefined}
        onChange={(post) => address.set({ post, from: "", who: "" })}
        testid="choose-post"
      />
      <UnitPicker
        width={200}
        label={t("jobs.unit")}
        placeholder={t("jobs.anyUnit")}
        value={address.get("unit") || undefined}
        onChange={(unit) => address.set({ unit, from: "" })}
      />
      {outcomes.map((word) => (
        <Chip
          key={word}
          on={chosen.includes(word)}
          onToggle={() =>
            address.set({
              outcome: chosen.includes(word) ? chosen.filter((one) => one !== word) : [...chosen, word],
              from: "",
            })
          }
          testid={`outcome-${word}`}
        >
          {t(`talent.outcome.${outcomeOf(word)}`)}
        </Chip>
      ))}
      <Chip on={firm} onToggle={() => address.set({ firm: firm ? "" : "1", from: "" })} testid="firm">
        {t("matching.honourFirm")}
      </Chip>
    </section>
  );
}

/** The next thing to do with somebody who fits. Nobody runs a case about themselves. */
function openCaseColumn(t: TFunction, myId: string): Column<MatchReport> {
  return {
    key: "open",
    title: "",
    from: "tablet",
    cell: ({ employeeId = "", postId = "" }) =>
      employeeId === myId ? null : (
        <span className="no-print">
          <LinkButton size="small" to={`/placements/new?person=${employeeId}&post=${postId}`} data-testid="open-case">
            {t("matching.openCaseFor")}
          </LinkButton>
        </span>
      ),
  };
}

interface PeopleProps {
  found: FindPeopleResponse;
  address: AddressState;
  offset: number;
}

function People({ found, address, offset }: PeopleProps) {
  const { t } = useTranslation();
  const reports = found.reports ?? [];
  const open = reports.find(({ employeeId }) => employeeId === address.get("who"));
  const refused = Number(found.refused ?? 0);
  const opens = useRights().overOthers("talent.case.manage");
  const myId = useMyId();
  return (
    <>
      <p className="row quiet" data-testid="compared">
        <span>{t("matching.compared", { total: sayNumber(Number(found.compared ?? 0)) })}</span>
        {refused > 0 ? <span>{t("matching.leftOut", { count: refused })}</span> : null}
      </p>
      {reports.length === 0 ? (
        <Empty title={t("matching.nobody")}>{t("matching.nobodyHelp")}</Empty>
      ) : (
        <DataTable<MatchReport>
          label={t("matching.peopleTitle")}
          testid="people-matches"
          rows={reports}
          keyOf={({ employeeId }) => employeeId ?? ""}
          onOpen={({ employeeId }) => address.set({ who: employeeId ?? "" })}
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
            ...matchColumns(t),
            ...(opens ? [openCaseColumn(t, myId)] : []),
          ]}
        />
      )}
      <Paging
        from={offset}
        shown={reports.length}
        size={PAGE}
        onGo={(from) => address.set({ from: from > 0 ? String(from) : "", who: "" }, { push: true })}
      />
      {open ? (
        <ReportDrawer
          report={open}
          title={<PersonById id={open.employeeId} plain={false} />}
          onClose={() => address.set({ who: "" })}
        />
      ) : null}
    </>
  );
}
