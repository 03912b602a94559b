import { Button, Drawer } from "antd";
import { useTranslation } from "react-i18next";
import type { Skill, SkillRelationKind } from "@/api/contract";
import { useRead } from "@/api/queries";
import { getSkill } from "@/api/talent";
import { useLevelWords } from "@/talent/Level";
import { levels } from "@/talent/levels";
import { useAddress } from "@/ui/address";
import { Facts } from "@/ui/facts";
import { lazily } from "@/ui/lazily";
import { currentLanguage } from "@/i18n";
import { monthsOf } from "@/talent/months";
import { named } from "@/ui/naming";
import { Shown } from "@/ui/Shown";
import { BonesPage } from "@/ui/states";

const ChangeSkillDialog = lazily(async () => ({ default: (await import("./SkillDialogs")).ChangeSkillDialog }));

const relationKinds = [
  "SKILL_RELATION_KIND_BROADER",
  "SKILL_RELATION_KIND_NEEDS",
  "SKILL_RELATION_KIND_CLOSE",
] as const satisfies readonly SkillRelationKind[];

/** One skill: its levels in words, its other names, what it is related to and what teaches it. */
export function SkillDrawer({ skillId, manages }: { skillId: string; manages: boolean }) {
  const { t } = useTranslation();
  const address = useAddress();
  const query = useRead(getSkill, { skillId });
  const skill = query.data;
  return (
    <Drawer
      open
      size={560}
      onClose={() => address.set({ skill: "", do: "" })}
      title={skill ? named(skill.name, skill.nameEn) : t("talent.skill")}
      extra={
        skill && manages ? (
          <Button size="small" onClick={() => address.set({ do: "change" })} data-testid="change-skill">
            {t("skills.change")}
          </Button>
        ) : null
      }
    >
      <Shown query={query} bones={<BonesPage />}>
        {(shown) => <SkillBody skill={shown} />}
      </Shown>
      {skill && manages && address.get("do") === "change" ? (
        <ChangeSkillDialog skill={skill} onClose={() => address.set({ do: "" })} />
      ) : null}
    </Drawer>
  );
}

function SkillBody({ skill }: { skill: Skill }) {
  const { t } = useTranslation();
  const wordsOf = useLevelWords();
  const other = named(skill.name, skill.nameEn) === skill.name ? skill.nameEn : skill.name;
  const teaches = (currentLanguage() === "en" && skill.taughtByEn?.length ? skill.taughtByEn : skill.taughtBy) ?? [];
  return (
    <div className="stack" data-testid="skill-detail">
      <p>{named(skill.description, skill.descriptionEn)}</p>
      <Facts
        facts={[
          { name: t(currentLanguage() === "en" ? "skills.nameZh" : "skills.nameEn"), value: other },
          { name: t("skills.kind"), value: t(`talent.skillKind.${skill.kind ?? "SKILL_KIND_UNSPECIFIED"}`) },
          { name: t("skills.from"), value: t(`skills.source.${skill.source ?? "SKILL_SOURCE_UNSPECIFIED"}`) },
          { name: t("skills.code"), value: <code style={{ overflowWrap: "anywhere" }}>{skill.code}</code> },
          {
            name: t("skills.perLevel"),
            value: skill.tenthMonthsPerLevel ? t("skills.months", { months: monthsOf(skill.tenthMonthsPerLevel) }) : "",
          },
        ]}
      />
      <section>
        <h3 style={{ fontSize: 14, marginBottom: 4 }}>{t("skills.levels")}</h3>
        <ol style={{ display: "grid", gap: 4 }}>
          {levels.slice(1).map((level) => (
            <li key={level}>
              <strong className="number">{level}</strong> {wordsOf(skill, level)}
            </li>
          ))}
        </ol>
      </section>
      <section>
        <h3 style={{ fontSize: 14, marginBottom: 4 }}>{t("skills.taughtBy")}</h3>
        {teaches.length > 0 ? (
          <ul>
            {teaches.map((name) => (
              <li key={name}>{name}</li>
            ))}
          </ul>
        ) : (
          <p className="quiet">{t("skills.taughtByNone")}</p>
        )}
      </section>
      <Relations skill={skill} />
      <Names title={t("skills.synonyms")} names={skill.synonyms ?? []} />
      <Names title={t("skills.synonymsEn")} names={skill.synonymsEn ?? []} />
    </div>
  );
}

function Names({ title, names }: { title: string; names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <section>
      <h3 style={{ fontSize: 14, marginBottom: 4 }}>{title}</h3>
      <p>{names.join(" · ")}</p>
    </section>
  );
}

function Relations({ skill }: { skill: Skill }) {
  const { t } = useTranslation();
  const address = useAddress();
  return relationKinds.map((kind) => {
    const found = (skill.relations ?? []).filter((one) => one.kind === kind);
    if (found.length === 0) return null;
    return (
      <section key={kind}>
        <h3 style={{ fontSize: 14, marginBottom: 4 }}>{t(`skills.relation.${kind}`)}</h3>
        <ul className="row">
          {found.map(({ skillId = "", name, nameEn, closeness }) => (
            <li key={skillId}>
              <Button size="small" onClick={() => address.set({ skill: skillId }, { push: true })}>
                {named(name, nameEn)}
                {kind === "SKILL_RELATION_KIND_CLOSE" && closeness ? (
                  <span className="quiet number"> {closeness} %</span>
                ) : null}
              </Button>
            </li>
          ))}
        </ul>
      </section>
    );
  });
}
