import { MenuOutlined, SearchOutlined } from "@ant-design/icons";
import { Button, Dropdown, type MenuProps } from "antd";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useNameCard } from "@/api/cards";
import { signOut } from "@/api/client";
import { useMe, useMyId } from "@/api/me";
import { setMyLanguage } from "@/api/methods";
import { useCommand } from "@/api/queries";
import { changeLanguage, currentLanguage, languages, type Language } from "@/i18n";
import { forgetDrafts } from "@/ui/drafts";
import { chooseLook, useLookChoice, type Choice } from "@/ui/look";
import { named } from "@/ui/naming";
import { Avatar } from "@/ui/Person";
import styles from "./Frame.module.css";
import { Notices } from "./Notices";

export function TopBar({ onMenu, onPalette }: { onMenu: () => void; onPalette: () => void }) {
  const { t } = useTranslation();
  return (
    <header className={`${styles.bar ?? ""} no-print`}>
      <Button className={styles.menu ?? ""} type="text" icon={<MenuOutlined />} aria-label={t("app.openMenu")} onClick={onMenu} data-testid="open-menu" />
      <Link to="/" className={styles.brand}>
        <img src="/favicon.svg" alt="" width={24} height={24} />
        <span className={styles.onlyWide}>{t("app.name")}</span>
      </Link>
      <button type="button" className={styles.search} onClick={onPalette} aria-label={t("app.search")} data-testid="open-palette">
        <SearchOutlined aria-hidden />
        <span>{t("app.searchHint")}</span>
        <kbd>Ctrl K</kbd>
      </button>
      <span className={styles.space} />
      <LanguageSwitch />
      <Notices />
      <PersonMenu />
    </header>
  );
}

function LanguageSwitch() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const remember = useCommand(setMyLanguage);
  const other = languages.find(({ language }) => language !== currentLanguage()) ?? languages[0];
  const change = async (language: Language) => {
    await changeLanguage(language);
    remember.mutate({ language });
    await client.invalidateQueries();
  };
  if (!other) return null;
  return (
    <Button type="text" lang={other.language} aria-label={`${t("app.language")}: ${other.name}`} onClick={() => void change(other.language)} data-testid="switch-language">
      {other.language === "en" ? "EN" : "中"}
    </Button>
  );
}

function PersonMenu() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const myId = useMyId();
  const card = useNameCard(myId);
  const { account } = useMe();
  const choice = useLookChoice();
  const name = card ? named(card.name, card.nameEn) : (account?.username ?? "");
  const looks: Choice[] = ["system", "light", "dark"];
  const items: MenuProps["items"] = [
    { key: "who", type: "group", label: `${name} ${account?.username ?? ""}` },
    ...(myId ? [{ key: "me", label: t("places.me") }] : []),
    { key: "access", label: t("places.myAccess") },
    { key: "look", label: t("app.look"), children: looks.map((look) => ({ key: `look-${look}`, label: t(`app.looks.${look}`) })) },
    { type: "divider" },
    { key: "out", label: t("app.signOut") },
  ];
  const onClick: MenuProps["onClick"] = ({ key }) => {
    if (key === "me") void navigate(`/people/${myId}`);
    if (key === "access") void navigate("/me/access");
    if (key.startsWith("look-")) chooseLook(key.slice(5) as Choice);
    if (key === "out") {
      forgetDrafts();
      void signOut();
    }
  };
  return (
    <Dropdown menu={{ items, onClick, selectedKeys: [`look-${choice}`] }} trigger={["click"]} placement="bottomRight">
      <Button type="text" aria-label={t("app.personMenu", { name })} style={{ paddingInline: 4 }} data-testid="person-menu">
        <Avatar name={name} />
        <span className={styles.onlyWide}>{name}</span>
      </Button>
    </Dropdown>
  );
}
