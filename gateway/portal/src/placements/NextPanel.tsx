import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { Case } from "@/api/contract";
import { useMyId } from "@/api/me";
import { useAddress } from "@/ui/address";
import { PersonById } from "@/ui/Person";
import { Day } from "@/ui/When";
import styles from "./Placements.module.css";
import { awaited, outstanding, turnOf } from "./steps";

/** What this case needs next: from the caller with the button to do it, or from whom it waits. */
export function NextPanel({ one }: { one: Case }) {
  const { t } = useTranslation();
  const address = useAddress();
  const myId = useMyId();
  const turn = turnOf(one, myId);
  const due = one.participants?.find(({ employeeId, answered }) => employeeId === myId && !answered)?.opinionDueOn;
  return (
    <section className={`panel ${styles.next ?? ""}`} data-testid="next" aria-label={t("placements.next")}>
      {turn ? (
        <>
          <span>
            <strong>
              {turn === "GiveOpinion" && one.hidden?.includes("report")
                ? t("placements.turnWithoutReport")
                : t(`placements.turn.${turn}`)}
            </strong>{" "}
            {turn === "GiveOpinion" && due ? (
              <span>
                {t("placements.until")} <Day on={due} dated />
              </span>
            ) : null}
          </span>
          <Button type="primary" onClick={() => address.set({ do: turn })} data-testid={`turn-${turn}`}>
            {t(`placements.do.${turn}`)}
          </Button>
        </>
      ) : (
        <Waiting one={one} />
      )}
    </section>
  );
}

function Waiting({ one }: { one: Case }) {
  const { t } = useTranslation();
  const state = one.state ?? "CASE_STATE_UNSPECIFIED";
  const decider = one.participants?.find(({ role }) => role === "CASE_ROLE_DECIDER")?.employeeId;
  if (state === "CASE_STATE_OPINIONS" && awaited(one) === "opinions")
    return (
      <span className="row">
        <span>{t("placements.waitsForOpinions")}</span>
        {outstanding(one).map((id) => (
          <PersonById key={id} id={id} link />
        ))}
      </span>
    );
  if (state === "CASE_STATE_OPINIONS" && awaited(one) === "decision")
    return (
      <span className="row">
        <span>{t("placements.waitsForDecision")}</span> <PersonById id={decider} link />
      </span>
    );
  return <span>{t(`placements.stands.${state}`)}</span>;
}
