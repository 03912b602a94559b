import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { Skill, SkillKind, SkillSource } from "@/api/contract";
import { useRights } from "@/api/me";
import { usePages } from "@/api/queries";
import { listSkills } from "@/api/talent";
import { monthsOf } from "@/talent/months";
import { skillKinds } from "@/growth/entries";
import { useAddress } from "@/ui/address";
import { Chip } from "@/ui/chips";
import { DataTable } from "@/ui/DataTable";
import { lazily } from "@/ui/lazily";
import { named } from "@/ui/naming";
import { Page } from "@/ui/Page";
import { SearchInput } from "@/ui/SearchInput";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";

const SkillDrawer = lazily(async () => ({ default: (await import("./SkillDrawer")).SkillDrawer }));
const AddSkillDialog = lazily(async () => ({ default: (await import("./SkillDialogs")).AddSkillDialog }));

const sources = [
  "SKILL_SOURCE_OWN",
  "SKILL_SOURCE_ESCO",
  "SKILL_SOURCE_ONET",
] as const satisfies readonly SkillSource[];
const short = (name: string) => name.replace(/^SKILL_(KIND|SOURCE)_/, "").toLowerCase();

/** What people can be good at: found by any of its names, in either language. */
export default function SkillsPage() {
  const { t } = useTranslation();
  const address = useAddress();
  const rights = useRights();
  const kind: SkillKind | undefined = skillKinds.find((one) => short(one) === address.get("kind"));
  const source = sources.find((one) => short(one) === address.get("source"));
  const text = address.get("q");
  const query = usePages(listSkills, { query: text, kind, source, pageSize: 100 });
  const toggle = (name: string, value: string) => address.set({ [name]: address.get(name) === value ? "" : value });
  const manages = rights.overAll("talent.skill.manage");
  const add = manages ? (
    <Button type="primary" onClick={() => address.set({ do: "add", skill: "" })} data-testid="add-skill">
      {t("skills.add")}
    </Button>
  ) : null;
  const open = address.get("skill");
  return (
    <Page title={t("skills.title")} about={t("skills.about")} actions={add}>
      <section aria-label={t("ui.filters")} className="row">
        <SearchInput
          label={t("skills.find")}
          value={text}
          onChange={(q) => address.set({ q })}
          width={260}
          testid="skill-search"
        />
        {skillKinds.map((one) => (
          <Chip key={one} on={kind === one} onToggle={() => toggle("kind", short(one))}>
            {t(`talent.skillKind.${one}`)}
          </Chip>
        ))}
        {sources.map((one) => (
          <Chip key={one} on={source === one} onToggle={() => toggle("source", short(one))}>
            {t(`skills.source.${one}`)}
          </Chip>
        ))}
      </section>
      <Shown query={query} bones={<BonesTable />}>
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.skills ?? []);
          if (rows.length === 0)
            return (
              <Empty title={t("talent.noSkillFound")} action={add}>
                {t("skills.noneHelp")}
              </Empty>
            );
          return (
            <DataTable<Skill>
              label={t("skills.title")}
              testid="skills-table"
              rows={rows}
              keyOf={({ skillId }) => skillId ?? ""}
              onOpen={({ skillId }) => address.set({ skill: skillId, do: "" }, { push: true })}
              more={{
                has: query.hasNextPage,
                loading: query.isFetchingNextPage,
                load: () => void query.fetchNextPage(),
              }}
              columns={[
                {
                  key: "name",
                  title: t("talent.skill"),
                  cell: (skill) => (
                    <>
                      <strong>{named(skill.name, skill.nameEn)}</strong>{" "}
                      <span className="quiet">
                        {named(skill.name, skill.nameEn) === skill.name ? skill.nameEn : skill.name}
                      </span>
                    </>
                  ),
                },
                {
                  key: "kind",
                  title: t("skills.kind"),
                  cell: (skill) => (
                    <span className="whole">{t(`talent.skillKind.${skill.kind ?? "SKILL_KIND_UNSPECIFIED"}`)}</span>
                  ),
                },
                {
                  key: "synonyms",
                  title: t("skills.synonyms"),
                  from: "desk",
                  cell: (skill) => (
                    <span className="quiet">
                      {[...(skill.synonyms ?? []), ...(skill.synonymsEn ?? [])].slice(0, 6).join(" · ")}
                    </span>
                  ),
                },
                {
                  key: "months",
                  title: t("skills.perLevel"),
                  number: true,
                  from: "tablet",
                  cell: ({ tenthMonthsPerLevel = 0 }) =>
                    tenthMonthsPerLevel ? (
                      t("skills.months", { months: monthsOf(tenthMonthsPerLevel) })
                    ) : (
                      <span className="quiet">—</span>
                    ),
                },
                {
                  key: "source",
                  title: t("skills.from"),
                  from: "tablet",
                  cell: (skill) => (
                    <span className="quiet whole">
                      {t(`skills.source.${skill.source ?? "SKILL_SOURCE_UNSPECIFIED"}`)}
                    </span>
                  ),
                },
              ]}
            />
          );
        }}
      </Shown>
      {open ? <SkillDrawer skillId={open} manages={manages} /> : null}
      {manages && address.get("do") === "add" ? <AddSkillDialog onClose={() => address.set({ do: "" })} /> : null}
    </Page>
  );
}
