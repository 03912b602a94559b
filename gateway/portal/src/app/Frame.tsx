import { Suspense, lazy, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, ScrollRestoration, useLocation, useNavigation } from "react-router";
import { useQueryClient } from "@tanstack/react-query";
import { follow } from "@/api/events";
import { useMe, useSession } from "@/api/me";
import { setMyLanguage } from "@/api/methods";
import { useCommand } from "@/api/queries";
import { currentLanguage, followAccount, languageChosen, takeChosenBeforeSignIn } from "@/i18n";
import { isLanguage } from "@/i18n/first";
import { SignInPage } from "@/sign-in/SignInPage";
import { useMessages } from "@/ui/messages";
import { BonesPage, Failed } from "@/ui/states";
import styles from "./Frame.module.css";
import { Navigation } from "./Navigation";
import { useStepUpAsked } from "./stepUp";
import { TopBar } from "./TopBar";

const Palette = lazy(() => import("./Palette"));
const ImportWatch = lazy(() => import("@/imports/ImportWatch"));
const StepUp = lazy(() => import("./StepUp"));
const Menu = lazy(() => import("./Menu"));

/** Everything around a page, for somebody who is signed in; the sign-in page for everybody else. */
export function Frame() {
  const session = useSession();
  if (session.isPending) return <BonesPage />;
  if (session.isError) return <Failed problem={session.error} retry={() => void session.refetch()} />;
  return session.data ? <SignedIn /> : <SignInPage />;
}

function SignedIn() {
  const { t } = useTranslation();
  const [palette, setPalette] = useState(false);
  const [menu, setMenu] = useState(false);
  const stepUpAsked = useStepUpAsked();
  const location = useLocation();
  const navigation = useNavigation();
  useChanges();
  useAccountLanguage();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setPalette((open) => !open);
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <a className={`${styles.skip ?? ""} no-print`} href="#content">
        {t("app.skip")}
      </a>
      <TopBar onMenu={() => setMenu(true)} onPalette={() => setPalette(true)} />
      <div className={styles.body}>
        <aside className={`${styles.side ?? ""} no-print`}>
          <Navigation />
        </aside>
        <main
          id="content"
          tabIndex={-1}
          aria-busy={navigation.state === "loading"}
          style={{ outline: "none", minWidth: 0 }}
        >
          <Outlet key={location.pathname.startsWith("/people/") ? location.pathname.split("/")[2] : undefined} />
          <PrintedBy />
        </main>
      </div>
      <Suspense fallback={null}>
        {palette ? <Palette onClose={() => setPalette(false)} /> : null}
        {menu ? <Menu onClose={() => setMenu(false)} /> : null}
        {stepUpAsked ? <StepUp /> : null}
        <ImportWatch />
      </Suspense>
      <ScrollRestoration />
    </>
  );
}

/** Keeps what is on the screen true while others work. */
function useChanges() {
  const client = useQueryClient();
  const { notification } = useMessages();
  const { t } = useTranslation();
  useEffect(
    () =>
      follow(client, {
        onAccess: () => {
          // What the person may no longer see has to go now, not at the next click.
          void client.invalidateQueries();
          notification.info({
            title: t("app.rightsChanged"),
            description: t("app.rightsChangedHelp"),
            placement: "bottomRight",
          });
        },
      }),
    [client, notification, t],
  );
}

/**
 * The account's language holds until another is chosen on this machine; what was chosen on the sign-in page becomes the
 * account's.
 */
function useAccountLanguage() {
  const { account } = useMe();
  const client = useQueryClient();
  const { mutate: remember } = useCommand(setMyLanguage);
  useEffect(() => {
    const chosen = account ? takeChosenBeforeSignIn() : undefined;
    if (chosen && chosen !== account?.language) remember({ language: chosen });
    const language = account?.language;
    if (!isLanguage(language) || languageChosen() || language === currentLanguage()) return;
    void followAccount(language).then(() => client.invalidateQueries());
  }, [account, client, remember]);
}

function PrintedBy() {
  const { t } = useTranslation();
  const { account } = useMe();
  const [printedAt, setPrintedAt] = useState(() => new Date());
  useEffect(() => {
    const now = () => setPrintedAt(new Date());
    window.addEventListener("beforeprint", now);
    return () => window.removeEventListener("beforeprint", now);
  }, []);
  const at = new Intl.DateTimeFormat(currentLanguage(), { dateStyle: "medium", timeStyle: "short" }).format(printedAt);
  return <p className="only-print quiet">{t("app.printedBy", { who: account?.username ?? "", at })}</p>;
}
