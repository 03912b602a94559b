import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import type { JobProfileRow } from "@/api/contract";
import { listUnits } from "@/api/methods";
import { usePages, useRead } from "@/api/queries";
import { listJobProfiles } from "@/api/talent";
import { useFamilyName } from "@/talent/families";
import { useAddress } from "@/ui/address";
import { Chip } from "@/ui/chips";
import { DataTable } from "@/ui/DataTable";
import { named } from "@/ui/naming";
import { Page } from "@/ui/Page";
import { UnitPicker } from "@/ui/pickers";
import { SearchInput } from "@/ui/SearchInput";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";
import { RowState } from "./states";

/** Which posts say what they ask of people, and which do not yet. */
export default function JobProfilesPage() {
  const { t } = useTranslation();
  const familyName = useFamilyName();
  const navigate = useNavigate();
  const address = useAddress();
  const onlyOpen = address.get("open") === "1";
  const onlyApproved = address.get("approved") === "1";
  const unitId = address.get("unit");
  const text = address.get("q");
  const query = usePages(listJobProfiles, { query: text, unitId, onlyOpen, onlyApproved, pageSize: 100 });
  const units = useRead(listUnits, {}, { staleTime: 60_000 });
  const unitName = (id: string | undefined) => {
    const unit = units.data?.units?.find((one) => one.unitId === id);
    return unit ? named(unit.name, unit.nameEn) : "";
  };
  const filtered = Boolean(text || unitId) || onlyOpen || onlyApproved;
  return (
    <Page title={t("jobs.title")} about={t("jobs.about")}>
      <section aria-label={t("ui.filters")} className="row">
        <SearchInput
          label={t("jobs.find")}
          value={text}
          onChange={(q) => address.set({ q })}
          width={220}
          testid="job-search"
        />
        <UnitPicker
          width={200}
          label={t("jobs.unit")}
          placeholder={t("jobs.anyUnit")}
          value={unitId || undefined}
          onChange={(unit) => address.set({ unit })}
        />
        <Chip on={onlyOpen} onToggle={() => address.set({ open: onlyOpen ? "" : "1" })} testid="only-open">
          {t("jobs.onlyOpen")}
        </Chip>
        <Chip
          on={onlyApproved}
          onToggle={() => address.set({ approved: onlyApproved ? "" : "1" })}
          testid="only-approved"
        >
          {t("jobs.onlyApproved")}
        </Chip>
      </section>
      <Shown query={query} bones={<BonesTable />}>
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.posts ?? []);
          if (rows.length === 0)
            return <Empty title={t("jobs.noPosts")}>{t(filtered ? "jobs.noneMatches" : "jobs.noPostsHelp")}</Empty>;
          return (
            <DataTable<JobProfileRow>
              label={t("jobs.title")}
              testid="jobs-table"
              rows={rows}
              keyOf={({ postId }) => postId ?? ""}
              onOpen={({ postId }) => void navigate(`/job-profiles/${postId ?? ""}`)}
              more={{
                has: query.hasNextPage,
                loading: query.isFetchingNextPage,
                load: () => void query.fetchNextPage(),
              }}
              columns={[
                {
                  key: "post",
                  title: t("jobs.post"),
                  cell: ({ postId, postCode, title, titleEn }) => (
                    <>
                      <Link to={`/job-profiles/${postId ?? ""}`}>
                        <strong>{named(title, titleEn)}</strong>
                      </Link>{" "}
                      <span className="quiet number">{postCode}</span>
                    </>
                  ),
                },
                { key: "state", title: t("jobs.state"), cell: (row) => <RowState row={row} /> },
                { key: "unit", title: t("jobs.unit"), from: "tablet", cell: (row) => unitName(row.unitId) || "—" },
                {
                  key: "family",
                  title: t("jobs.field.family"),
                  from: "desk",
                  cell: ({ family }) => familyName(family) || "—",
                },
                {
                  key: "shift",
                  title: t("jobs.field.shift"),
                  from: "desk",
                  cell: ({ shift, inForce }) =>
                    inForce ? t(`talent.shift.${shift ?? "SHIFT_UNSPECIFIED"}`) : <span className="quiet">—</span>,
                },
                {
                  key: "free",
                  title: t("jobs.vacancies"),
                  number: true,
                  from: "tablet",
                  cell: ({ vacancies = 0 }) => vacancies || <span className="quiet">0</span>,
                },
              ]}
            />
          );
        }}
      </Shown>
    </Page>
  );
}
