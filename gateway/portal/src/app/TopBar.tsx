import { MenuOutlined, SearchOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { setMyLanguage } from "@/api/methods";
import { useCommand } from "@/api/queries";
import { changeLanguage, currentLanguage, languages, type Language } from "@/i18n";
import { lazily } from "@/ui/lazily";
import styles from "./Frame.module.css";

const Notices = lazily(() => import("./Notices"));
const PersonMenu = lazily(() => import("./PersonMenu"));

export function TopBar({ onMenu, onPalette }: { onMenu: () => void; onPalette: () => void }) {
  const { t } = useTranslation();
  return (
    <header className={`${styles.bar ?? ""} no-print`}>
      <Button
        className={styles.menu ?? ""}
        type="text"
        icon={<MenuOutlined />}
        aria-label={t("app.openMenu")}
        onClick={onMenu}
        data-testid="open-menu"
      />
      <Link to="/" className={styles.brand}>
        <img src="/favicon.svg" alt="" width={24} height={24} />
        <span className={styles.onlyWide}>{t("app.name")}</span>
      </Link>
      <button type="button" className={styles.search} onClick={onPalette} data-testid="open-palette">
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
    <Button
      type="text"
      lang={other.language}
      title={t("app.language")}
      onClick={() => void change(other.language)}
      data-testid="switch-language"
    >
      {other.name}
    </Button>
  );
}
