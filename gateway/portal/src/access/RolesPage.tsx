import { Segmented } from "antd";
import { useTranslation } from "react-i18next";
import type { Permission, Role } from "@/api/contract";
import { listPermissions, listRoles } from "@/api/methods";
import { useRead } from "@/api/queries";
import { useAddress } from "@/ui/address";
import { Status } from "@/ui/chips";
import { DataTable } from "@/ui/DataTable";
import { Page } from "@/ui/Page";
import { SearchInput } from "@/ui/SearchInput";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";
import { lazily } from "@/ui/lazily";

const RoleDrawer = lazily(async () => ({ default: (await import("./RoleDrawer")).RoleDrawer }));

/** Which roles there are, what they give, and which rights the platform knows at all. */
export default function RolesPage() {
  const { t } = useTranslation();
  const address = useAddress();
  const view = address.get("view") === "rights" ? "rights" : "roles";
  return (
    <Page title={t("access.rolesTitle")} about={t("access.rolesAbout")}>
      <div className="row">
        <Segmented
          value={view}
          onChange={(next) => address.set({ view: next === "roles" ? "" : next, role: "" })}
          options={[
            { value: "roles", label: t("access.roles") },
            { value: "rights", label: t("access.rights") },
          ]}
        />
        <SearchInput
          label={t("access.findRole")}
          value={address.get("q")}
          onChange={(next) => address.set({ q: next })}
          width={240}
        />
      </div>
      {view === "roles" ? (
        <Roles text={address.get("q")} open={address.get("role")} onOpen={(role) => address.set({ role })} />
      ) : (
        <Rights text={address.get("q")} />
      )}
    </Page>
  );
}

const holds = (text: string, ...words: (string | undefined)[]) =>
  words.join(" ").toLowerCase().includes(text.trim().toLowerCase());

function Roles({ text, open, onOpen }: { text: string; open: string; onOpen: (role: string) => void }) {
  const { t } = useTranslation();
  const query = useRead(listRoles, {});
  return (
    <Shown query={query} bones={<BonesTable />}>
      {({ roles = [] }) => {
        const shown = roles.filter((role) => holds(text, role.label, role.role, role.description));
        const chosen = roles.find(({ role }) => role === open);
        return (
          <>
            {shown.length === 0 ? <Empty title={t("access.noRoleFound")} /> : null}
            <DataTable<Role>
              label={t("access.roles")}
              testid="roles-table"
              rows={shown}
              keyOf={({ role }) => role ?? ""}
              onOpen={({ role }) => onOpen(role ?? "")}
              columns={[
                {
                  key: "role",
                  title: t("access.role"),
                  cell: ({ label, role }) => <strong title={role}>{label || role}</strong>,
                },
                { key: "what", title: t("access.whatFor"), from: "tablet", cell: ({ description }) => description },
                {
                  key: "how",
                  title: t("access.howGiven"),
                  from: "tablet",
                  cell: ({ automatic, forSystems }) => (
                    <Status tone={automatic ? "quiet" : "action"}>
                      {t(automatic ? "access.automatic" : forSystems ? "access.toSystems" : "access.byHand")}
                    </Status>
                  ),
                },
                {
                  key: "days",
                  title: t("access.longest"),
                  number: true,
                  from: "tablet",
                  cell: ({ maxDays }) => (maxDays ? t("access.daysCount", { count: maxDays }) : t("ui.always")),
                },
                {
                  key: "count",
                  title: t("access.rightsCount"),
                  number: true,
                  cell: ({ permissions = [] }) => permissions.length,
                },
              ]}
            />
            {chosen ? <RoleDrawer role={chosen} roles={roles} onClose={() => onOpen("")} /> : null}
          </>
        );
      }}
    </Shown>
  );
}

function Rights({ text }: { text: string }) {
  const { t } = useTranslation();
  const query = useRead(listPermissions, {});
  return (
    <Shown query={query} bones={<BonesTable />}>
      {({ permissions = [] }) => (
        <DataTable<Permission>
          label={t("access.rights")}
          testid="rights-table"
          rows={permissions.filter((one) => holds(text, one.label, one.permission))}
          keyOf={({ permission }) => permission ?? ""}
          columns={[
            { key: "label", title: t("access.right"), cell: ({ label, permission }) => label || permission },
            {
              key: "name",
              title: t("access.rightName"),
              from: "tablet",
              cell: ({ permission }) => <code>{permission}</code>,
            },
            {
              key: "methods",
              title: t("access.usedBy"),
              from: "desk",
              cell: ({ methods = [] }) => (
                <span className="quiet">{methods.map((method) => method.split("/").pop()).join(", ")}</span>
              ),
            },
            {
              key: "sensitive",
              title: t("access.closesWhenSilent"),
              from: "tablet",
              cell: ({ sensitive }) => (sensitive ? t("ui.yes") : <span className="quiet">{t("ui.no")}</span>),
            },
          ]}
        />
      )}
    </Shown>
  );
}
