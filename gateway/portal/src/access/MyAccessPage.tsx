import { useTranslation } from "react-i18next";
import { useMe, useMyId, useRights } from "@/api/me";
import { describeAccess } from "@/api/methods";
import { useRead } from "@/api/queries";
import { LinkButton } from "@/ui/LinkButton";
import { Page } from "@/ui/Page";
import { Shown } from "@/ui/Shown";
import { BonesTable } from "@/ui/states";
import { GrantTable } from "./GrantTable";
import { HeldRights } from "./HeldRights";

/** What can I do, since when, and why. */
export default function MyAccessPage() {
  const { t } = useTranslation();
  const me = useMe();
  const myId = useMyId();
  const rights = useRights();
  const described = myId !== "" && rights.holds("identity.grant.read");
  const query = useRead(describeAccess, described ? { employeeId: myId } : null);
  const ask = (
    <LinkButton to="/requests?ask=1" data-testid="ask">
      {t("access.ask")}
    </LinkButton>
  );
  return (
    <Page title={t("access.mineTitle")} actions={ask}>
      {described ? (
        <Shown query={query} bones={<BonesTable />}>
          {({ rights: held = [], grants = [] }) => (
            <>
              <HeldRights rights={held} grants={grants} />
              <section className="stack" style={{ gap: 8 }}>
                <h2 style={{ fontSize: 14 }}>{t("access.allGrants")}</h2>
                <GrantTable grants={grants} withPerson={false} />
              </section>
            </>
          )}
        </Shown>
      ) : (
        <HeldRights rights={me.rights ?? []} />
      )}
    </Page>
  );
}
