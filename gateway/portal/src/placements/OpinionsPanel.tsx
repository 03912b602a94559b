import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { Case } from "@/api/contract";
import { useAddress } from "@/ui/address";
import { PersonById } from "@/ui/Person";
import { Moment } from "@/ui/When";
import styles from "./Placements.module.css";
import { StanceText } from "./states";

/** What was said, by whom, in which role; an opinion that was followed by another stays on record. */
export function OpinionsPanel({ one }: { one: Case }) {
  const { t } = useTranslation();
  const address = useAddress();
  const opinions = one.opinions ?? [];
  const gives = one.may?.includes("GiveOpinion");
  if (one.hidden?.includes("opinions") && opinions.length === 0 && !gives) return null;
  return (
    <section className="panel" aria-label={t("placements.opinions")} data-testid="opinions">
      <h2 className="row" style={{ justifyContent: "space-between" }}>
        {t(one.hidden?.includes("opinions") ? "placements.ownOpinion" : "placements.opinions")}
        {gives ? (
          <Button size="small" onClick={() => address.set({ do: "GiveOpinion" })}>
            {t("placements.do.GiveOpinion")}
          </Button>
        ) : null}
      </h2>
      {opinions.length === 0 ? <p className="quiet">{t("placements.noOpinions")}</p> : null}
      <ul>
        {opinions.map((opinion) => (
          <li
            key={`${opinion.employeeId ?? ""} ${opinion.givenAt ?? ""}`}
            className={`${styles.opinion ?? ""} ${opinion.replaced ? (styles.replaced ?? "") : ""}`}
            data-testid="opinion"
          >
            <span className="row">
              <PersonById id={opinion.employeeId} plain={false} />
              <span className="quiet">{t(`placements.role.${opinion.role ?? "CASE_ROLE_UNSPECIFIED"}`)}</span>
            </span>
            <span className="row">
              {opinion.replaced ? <span className="quiet">{t("placements.replaced")}</span> : null}
              <StanceText stance={opinion.stance} />
              <span className="quiet">
                <Moment at={opinion.givenAt} />
              </span>
            </span>
            <p>{opinion.reason}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
