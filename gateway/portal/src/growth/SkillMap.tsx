import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Entry } from "@/api/contract";
import { useAddress } from "@/ui/address";
import { named } from "@/ui/naming";
import { Empty } from "@/ui/states";
import { Level } from "@/talent/Level";
import { Source } from "@/talent/Source";
import { useSkills } from "@/talent/useSkills";
import { skillGroups } from "./entries";
import { EntryActions } from "./EntryActions";
import styles from "./Growth.module.css";
import { Panel } from "./Panel";
import type { GrowthRights } from "./rights";

/** What somebody can do, grouped by kind, strongest first; every level with its words and its source. */
export function SkillMap({ entries, rights }: { entries: readonly Entry[]; rights: GrowthRights }) {
  const { t } = useTranslation();
  const address = useAddress();
  const ids = useMemo(() => entries.flatMap(({ skillId }) => (skillId ? [skillId] : [])), [entries]);
  const skills = useSkills(ids);
  const groups = skillGroups(entries, skills);
  const actions = (
    <>
      {rights.records ? (
        <Button size="small" onClick={() => address.set({ do: "record-skill" })} data-testid="record-skill">
          {t(rights.mine ? "growth.do.addMySkill" : "growth.do.recordSkill")}
        </Button>
      ) : null}
      {rights.rates ? (
        <Button size="small" type="primary" onClick={() => address.set({ do: "rate-skill" })} data-testid="rate-skill">
          {t("growth.do.rateSkill")}
        </Button>
      ) : null}
    </>
  );
  return (
    <Panel title={t("growth.skills")} actions={actions} testid="skill-map">
      {groups.length === 0 ? (
        <Empty title={t("growth.skillsNone")}>
          {t(rights.mine ? "growth.skillsNoneMine" : "growth.skillsNoneHelp")}
        </Empty>
      ) : (
        groups.map(({ kind, skills: held }) => (
          <div key={kind}>
            <h3 className={styles.group}>{t(`talent.skillKind.${kind}`)}</h3>
            <ul className={styles.skills}>
              {held.flatMap(({ skillId, entries: said }) =>
                said.map((entry, index) => {
                  const name = named(entry.title, entry.titleEn);
                  return (
                    <li key={entry.entryId} className={styles.skill}>
                      <span className={index > 0 ? styles.again : undefined}>
                        {index > 0 ? t("growth.alsoSaid", { name }) : name}
                      </span>
                      <Level level={entry.level ?? 0} skill={skills.get(skillId)} />
                      <Source entry={entry} />
                      <EntryActions entry={entry} name={name} commands={rights.commandsFor(entry)} />
                    </li>
                  );
                }),
              )}
            </ul>
          </div>
        ))
      )}
    </Panel>
  );
}
