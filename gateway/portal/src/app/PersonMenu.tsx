import { Button, Dropdown, type MenuProps } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useNameCard } from "@/api/cards";
import { signOut } from "@/api/client";
import { useMe, useMyId, useRights } from "@/api/me";
import { forgetAccountLanguage } from "@/i18n";
import { forgetDrafts } from "@/ui/drafts";
import { chooseLook, useLookChoice, type Choice } from "@/ui/look";
import { named } from "@/ui/naming";
import { Avatar } from "@/ui/Person";
import styles from "./Frame.module.css";

export default function PersonMenu() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const myId = useMyId();
  const card = useNameCard(myId);
  const rights = useRights();
  const { account } = useMe();
  const choice = useLookChoice();
  const name = card ? named(card.name, card.nameEn) : (account?.username ?? "");
  const looks: Choice[] = ["system", "light", "dark"];
  const items: MenuProps["items"] = [
    { key: "who", type: "group", label: `${name} ${account?.username ?? ""}` },
    ...(myId ? [{ key: "me", label: t("places.me") }] : []),
    ...(myId && rights.holds("talent.profile.read") ? [{ key: "growth", label: t("places.growth") }] : []),
    { key: "access", label: t("places.myAccess") },
    {
      key: "look",
      label: t("app.look"),
      children: looks.map((look) => ({ key: `look-${look}`, label: t(`app.looks.${look}`) })),
    },
    { type: "divider" },
    { key: "out", label: t("app.signOut") },
  ];
  const onClick: MenuProps["onClick"] = ({ key }) => {
    if (key === "me") void navigate(`/people/${myId}`);
    if (key === "growth") void navigate(`/people/${myId}/growth`);
    if (key === "access") void navigate("/me/access");
    if (key.startsWith("look-")) chooseLook(key.slice(5) as Choice);
    if (key === "out") {
      forgetDrafts();
      forgetAccountLanguage();
      void signOut();
    }
  };
  return (
    <Dropdown menu={{ items, onClick, selectedKeys: [`look-${choice}`] }} trigger={["click"]} placement="bottomRight">
      <Button type="text" title={t("app.personMenu")} style={{ paddingInline: 4 }} data-testid="person-menu">
        <Avatar name={name} />
        <span className={styles.onlyWide}>{name}</span>
      </Button>
    </Dropdown>
  );
}
