import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import type { Employee, Profile } from "@/api/contract";
import { useRead } from "@/api/queries";
import { getProfile } from "@/api/talent";
import { useAddress } from "@/ui/address";
import { lazily } from "@/ui/lazily";
import { LinkButton } from "@/ui/LinkButton";
import { Shown } from "@/ui/Shown";
import { BonesPage } from "@/ui/states";
import { isContested } from "@/talent/Source";
import { EntryPanels, PotentialPanel } from "./EntryPanels";
import styles from "./Growth.module.css";
import { PostsHeld } from "./PostsHeld";
import { RiskPanel } from "./RiskPanel";
import { useGrowthRights } from "./rights";
import { SkillMap } from "./SkillMap";
import { WishesPanel } from "./WishesPanel";

const GrowthDialog = lazily(() => import("./GrowthDialog"));

/** What somebody can do, has shown and wants next, each value with where it comes from. */
export default function GrowthTab({ person }: { person: Employee }) {
  const query = useRead(getProfile, { employeeId: person.employeeId ?? "" });
  return (
    <Shown query={query} bones={<BonesPage />}>
      {(profile) => <Growth person={person} profile={profile} />}
    </Shown>
  );
}

function Growth({ person, profile }: { person: Employee; profile: Profile }) {
  const { t } = useTranslation();
  const address = useAddress();
  const rights = useGrowthRights(person);
  const entries = profile.entries ?? [];
  const refused = profile.automatedUseRefused ?? false;
  const waiting = entries.filter(isContested).length;
  const about = { entries, rights };
  return (
    <div className="stack" data-testid="growth">
      {refused && !rights.mine ? (
        <Alert type="info" showIcon title={t("growth.refusedTitle")} description={t("growth.refusedHelp")} />
      ) : null}
      {waiting > 0 ? (
        <Alert
          type="warning"
          showIcon
          title={t("growth.contestedCount", { count: waiting })}
          description={t(rights.mine ? "growth.contestedMine" : "growth.contestedOther")}
          data-testid="contested-alert"
        />
      ) : null}
      <div className="row no-print" style={{ justifyContent: "space-between" }}>
        <span className="quiet">{t(rights.mine ? "growth.aboutMine" : "growth.about")}</span>
        <span className="row">
          <LinkButton
            size="small"
            to={rights.mine ? "/matching/posts" : `/matching/posts?person=${person.employeeId ?? ""}`}
            data-testid="find-posts"
          >
            {t(rights.mine ? "matching.postsTitle" : "matching.postsForThem")}
          </LinkButton>
          <Button size="small" onClick={() => address.set({ do: "history" })} data-testid="open-history">
            {t("growth.history")}
          </Button>
        </span>
      </div>
      <SkillMap {...about} />
      <div className={styles.panels}>
        <EntryPanels {...about} />
        <PotentialPanel {...about} />
        <WishesPanel wishes={profile.aspirations} refused={refused} rights={rights} />
        {rights.seesRisk ? <RiskPanel person={person} rights={rights} /> : null}
      </div>
      <PostsHeld posts={profile.posts ?? []} />
      {address.get("do") ? <GrowthDialog person={person} profile={profile} rights={rights} /> : null}
    </div>
  );
}
