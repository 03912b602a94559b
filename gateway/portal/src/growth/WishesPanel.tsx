import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { Aspirations } from "@/api/contract";
import { useFamilyName } from "@/talent/families";
import { useAddress } from "@/ui/address";
import { Facts } from "@/ui/facts";
import { Moment } from "@/ui/When";
import { Panel } from "./Panel";
import type { GrowthRights } from "./rights";

interface WishesProps {
  wishes: Aspirations | undefined;
  refused: boolean;
  rights: GrowthRights;
}

/** What somebody wants next, and whether they may be ranked automatically: both are theirs to say. */
export function WishesPanel({ wishes, refused, rights }: WishesProps) {
  const { t } = useTranslation();
  const address = useAddress();
  const familyName = useFamilyName();
  const firm = (value: string, isFirm: boolean | undefined) =>
    isFirm ? (
      <>
        {value} <strong>({t("growth.firm")})</strong>
      </>
    ) : (
      value
    );
  const list = (names: readonly string[]) => new Intl.ListFormat(document.documentElement.lang).format(names);
  return (
    <Panel
      title={t("growth.wishes")}
      testid="aspirations"
      actions={
        rights.wishes ? (
          <Button size="small" onClick={() => address.set({ do: "aspirations" })} data-testid="edit-aspirations">
            {t(wishes ? "growth.do.changeWishes" : "growth.do.sayWishes")}
          </Button>
        ) : null
      }
    >
      {wishes ? (
        <div className="stack" style={{ gap: 12 }}>
          <Facts
            facts={[
              {
                name: t("growth.shift"),
                value: firm(t(`talent.shift.${wishes.shift ?? "SHIFT_UNSPECIFIED"}`), wishes.shiftFirm),
              },
              { name: t("growth.place"), value: firm(wishes.place || t("growth.anyPlace"), wishes.placeFirm) },
              {
                name: t("growth.families"),
                value: wishes.families?.length ? list(wishes.families.map(familyName)) : "",
              },
              { name: t("growth.mobile"), value: t(wishes.mobile ? "ui.yes" : "ui.no") },
            ]}
          />
          {wishes.words ? <blockquote style={{ margin: 0 }}>{wishes.words}</blockquote> : null}
          <p className="quiet">
            {t("growth.saidAt")} <Moment at={wishes.saidAt} />
          </p>
        </div>
      ) : (
        <p className="quiet">{t(rights.mine ? "growth.wishesNoneMine" : "growth.wishesNone")}</p>
      )}
      <div className="row" style={{ marginTop: 12, justifyContent: "space-between" }} data-testid="automated-use">
        <span>{t(refused ? "growth.automatedRefused" : "growth.automatedAllowed")}</span>
        {rights.refuses ? (
          <Button size="small" onClick={() => address.set({ do: "automated" })} data-testid="change-automated">
            {t(refused ? "growth.do.allow" : "growth.do.refuse")}
          </Button>
        ) : null}
      </div>
    </Panel>
  );
}
