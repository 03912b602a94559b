import { Drawer } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Role } from "@/api/contract";
import { useRights } from "@/api/me";
import { listPermissions } from "@/api/methods";
import { useRead } from "@/api/queries";
import { Facts } from "@/ui/facts";

interface RoleDrawerProps {
  role: Role;
  roles: readonly Role[];
  onClose: () => void;
}

export function RoleDrawer({ role, roles, onClose }: RoleDrawerProps) {
  const { t } = useTranslation();
  const rights = useRights();
  const catalogue = useRead(listPermissions, {}, { staleTime: 300_000 });
  const labels = new Map((catalogue.data?.permissions ?? []).map(({ permission, label }) => [permission, label]));
  const list = (names: readonly string[]) => new Intl.ListFormat(document.documentElement.lang).format(names);
  return (
    <Drawer open onClose={onClose} size={480} title={role.label}>
      <div className="stack">
        <p>{role.description}</p>
        <Facts
          facts={[
            {
              name: t("access.possibleReach"),
              value: list((role.scopes ?? []).map((scope) => t(`access.scope.${scope}`))),
            },
            {
              name: t("access.longest"),
              value: role.maxDays ? t("access.daysCount", { count: role.maxDays }) : t("ui.always"),
            },
            {
              name: t("access.givenByRoles"),
              value: role.automatic
                ? t("access.automatic")
                : list((role.grantedBy ?? []).map((name) => roles.find((one) => one.role === name)?.label ?? name)),
            },
            ...(rights.overOthers("identity.grant.read")
              ? [
                  {
                    name: t("access.holders"),
                    value: <Link to={`/grants?role=${role.role ?? ""}&all=1`}>{t("access.seeHolders")}</Link>,
                  },
                ]
              : []),
          ]}
        />
        <section>
          <h2 style={{ fontSize: 14, marginBottom: 4 }}>{t("access.rightsCount")}</h2>
          <ul>
            {(role.permissions ?? []).map((permission) => (
              <li key={permission}>
                {labels.get(permission) ?? permission} <code className="quiet">{permission}</code>
              </li>
            ))}
          </ul>
        </section>
      </div>
    </Drawer>
  );
}
