import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Employee } from "@/api/contract";
import { useRead } from "@/api/queries";
import { getRisk } from "@/api/talent";
import { useAddress } from "@/ui/address";
import { Facts } from "@/ui/facts";
import { PersonById } from "@/ui/Person";
import { Shown } from "@/ui/Shown";
import { Bone } from "@/ui/states";
import { Moment } from "@/ui/When";
import { Panel } from "./Panel";
import type { GrowthRights } from "./rights";

/** How likely somebody leaves and what would be lost. Every look is recorded, so it is asked for on purpose. */
export function RiskPanel({ person, rights }: { person: Employee; rights: GrowthRights }) {
  const { t } = useTranslation();
  const address = useAddress();
  const [asked, setAsked] = useState(false);
  const query = useRead(getRisk, asked ? { employeeId: person.employeeId ?? "" } : null);
  const scale = (kind: "likelihood" | "impact", level = 0) =>
    level === 1 || level === 2 || level === 3 || level === 4 || level === 5
      ? `${level} / 5 · ${t(`growth.${kind}Level.${level}`)}`
      : t("growth.notRated");
  return (
    <Panel
      title={t("growth.risk")}
      note={t("growth.riskNote")}
      testid="risk"
      actions={
        rights.ratesRisk ? (
          <Button size="small" onClick={() => address.set({ do: "risk" })} data-testid="rate-risk">
            {t("growth.do.rateRisk")}
          </Button>
        ) : null
      }
    >
      {asked ? (
        <Shown query={query} bones={<Bone />}>
          {(risk) => (
            <Facts
              facts={[
                { name: t("growth.likelihood"), value: scale("likelihood", risk.likelihood) },
                { name: t("growth.impact"), value: scale("impact", risk.impact) },
                { name: t("growth.why"), value: risk.reason },
                {
                  name: t("growth.ratedBy"),
                  value: risk.ratedBy ? (
                    <>
                      <PersonById id={risk.ratedBy} /> · <Moment at={risk.ratedAt} />
                    </>
                  ) : (
                    ""
                  ),
                },
              ]}
            />
          )}
        </Shown>
      ) : (
        <Button onClick={() => setAsked(true)} data-testid="show-risk">
          {t("growth.showRisk")}
        </Button>
      )}
    </Panel>
  );
}
