import { CheckCircleFilled, CloseOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { Case, CaseRole, Participant } from "@/api/contract";
import { useAddress } from "@/ui/address";
import { PersonById } from "@/ui/Person";
import { Day } from "@/ui/When";
import styles from "./Placements.module.css";

const roles = [
  "CASE_ROLE_CANDIDATE",
  "CASE_ROLE_OWNER",
  "CASE_ROLE_DECIDER",
  "CASE_ROLE_POST_MANAGER",
  "CASE_ROLE_ADVISER",
  "CASE_ROLE_CONCERNED",
] as const satisfies readonly CaseRole[];

/** Everybody the caller is told of, by role, with whose opinion is still missing. */
export function PeoplePanel({ one }: { one: Case }) {
  const { t } = useTranslation();
  const address = useAddress();
  const removes = one.may?.includes("RemoveParticipant") ?? false;
  // Who has decided stays the one who did.
  const stays: readonly CaseRole[] = [
    "CASE_ROLE_CANDIDATE",
    "CASE_ROLE_OWNER",
    ...(one.decision ? (["CASE_ROLE_DECIDER"] as const) : []),
  ];
  return (
    <section className="panel" aria-label={t("placements.people")} data-testid="participants">
      <h2 className="row" style={{ justifyContent: "space-between" }}>
        {t("placements.people")}
        {one.may?.includes("AddParticipant") ? (
          <Button size="small" onClick={() => address.set({ do: "AddParticipant" })} data-testid="do-AddParticipant">
            {t("placements.do.AddParticipant")}
          </Button>
        ) : null}
      </h2>
      {roles.map((role) => {
        const ofRole = (one.participants ?? []).filter((participant) => participant.role === role);
        if (ofRole.length === 0) return null;
        return (
          <div key={role}>
            <h3 className={styles.role} title={t(`placements.roleHelp.${role}`)}>
              {t(`placements.role.${role}`)}
            </h3>
            {ofRole.map((participant) => (
              <div key={participant.employeeId} className={styles.person}>
                <PersonById id={participant.employeeId} link plain={false} />
                <span className="row">
                  <Answered participant={participant} />
                  {removes && !stays.includes(role) ? (
                    <Button
                      type="text"
                      size="small"
                      icon={<CloseOutlined aria-hidden />}
                      aria-label={t("placements.do.RemoveParticipant")}
                      onClick={() => address.set({ do: "RemoveParticipant", who: participant.employeeId ?? "" })}
                    />
                  ) : null}
                </span>
              </div>
            ))}
          </div>
        );
      })}
    </section>
  );
}

function Answered({ participant: { answered, opinionDueOn } }: { participant: Participant }) {
  const { t } = useTranslation();
  if (answered)
    return (
      <span className={styles.intact}>
        <CheckCircleFilled aria-hidden /> {t("placements.answered")}
      </span>
    );
  if (!opinionDueOn) return null;
  return (
    <span className="quiet">
      {t("placements.askedUntil")} <Day on={opinionDueOn} dated />
    </span>
  );
}
