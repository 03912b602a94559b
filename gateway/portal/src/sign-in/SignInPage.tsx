import { Button } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { signIn } from "@/api/client";
import { chooseBeforeSignIn, currentLanguage, languages } from "@/i18n";
import styles from "./SignInPage.module.css";

const sent = "mainstay.sent-to-sign-in";

/**
 * Whoever opens the front page sees one calm button; whoever follows a link into the portal is sent to sign in and
 * brought back there. Not twice in a row: a sign-in that did not hold must not become a loop.
 */
export function SignInPage() {
  const { t } = useTranslation();
  const { pathname, search } = useLocation();
  const target = pathname + search;
  const deep = pathname !== "/";
  useEffect(() => {
    document.title = t("app.name");
    const last = Number(sessionStorage.getItem(sent) ?? 0);
    if (!deep || Date.now() - last < 20_000) return;
    sessionStorage.setItem(sent, String(Date.now()));
    signIn(target);
  }, [deep, target, t]);
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <h1>
          <img src="/favicon.svg" alt="" width={40} height={40} />
          {t("app.name")}
        </h1>
        <p>{t("signIn.about")}</p>
        <Button type="primary" size="large" onClick={() => signIn(target)} data-testid="sign-in">
          {t("signIn.go")}
        </Button>
        <p className="quiet">{deep ? t("signIn.comeBack") : t("signIn.help")}</p>
        <div className="row">
          {languages.map(({ language, name }) => (
            <Button
              key={language}
              type="link"
              size="small"
              lang={language}
              style={{ paddingInline: 0 }}
              aria-current={language === currentLanguage() ? "true" : undefined}
              onClick={() => void chooseBeforeSignIn(language)}
            >
              {name}
            </Button>
          ))}
        </div>
      </div>
    </main>
  );
}
