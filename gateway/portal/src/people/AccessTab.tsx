import { useTranslation } from "react-i18next";
import { useRights } from "@/api/me";
import { describeAccess } from "@/api/methods";
import { useRead } from "@/api/queries";
import { PersonSignIn } from "@/access/AccountSignIn";
import { GrantTable } from "@/access/GrantTable";
import { HeldRights } from "@/access/HeldRights";
import { LinkButton } from "@/ui/LinkButton";
import { Shown } from "@/ui/Shown";
import { BonesTable } from "@/ui/states";

/** What the person can do, how far, since when and why. */
export function AccessTab({ employeeId }: { employeeId: string }) {
  const { t } = useTranslation();
  const rights = useRights();
  const query = useRead(describeAccess, { employeeId });
  return (
    <Shown query={query} bones={<BonesTable />}>
      {({ rights: held = [], grants = [] }) => (
        <div className="stack" data-testid="access-tab">
          {rights.holds("identity.account.reset") ? (
            <section className="stack" style={{ gap: 8 }}>
              <h2 style={{ fontSize: 14 }}>{t("access.signIn")}</h2>
              <PersonSignIn employeeId={employeeId} />
            </section>
          ) : null}
          {rights.holds("identity.grant.manage") ? (
            <div>
              <LinkButton to={`/grants?give=${employeeId}`}>{t("access.give")}</LinkButton>
            </div>
          ) : null}
          <section className="stack" style={{ gap: 8 }}>
            <h2 style={{ fontSize: 14 }}>{t("access.rightsNow")}</h2>
            <HeldRights rights={held} grants={grants} />
          </section>
          <section className="stack" style={{ gap: 8 }}>
            <h2 style={{ fontSize: 14 }}>{t("access.allGrants")}</h2>
            <GrantTable grants={grants} withPerson={false} />
          </section>
        </div>
      )}
    </Shown>
  );
}
