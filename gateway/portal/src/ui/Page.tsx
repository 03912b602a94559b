import { useEffect, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import styles from "./Page.module.css";

interface PageProps {
  /** The question the page answers. */
  title: string;
  about?: ReactNode;
  trail?: { to: string; name: string }[];
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, about, trail, actions, children }: PageProps) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · ${t("app.name")}`;
  }, [title, t]);
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div className={styles.titles}>
          {trail ? (
            <nav aria-label={t("ui.trail")}>
              <ol className={styles.trail}>
                {trail.map(({ to, name }) => (
                  <li key={to}>
                    <Link to={to}>{name}</Link>
                  </li>
                ))}
              </ol>
            </nav>
          ) : null}
          <h1 className={styles.title}>{title}</h1>
          {about ? <p className={styles.about}>{about}</p> : null}
        </div>
        {actions ? <div className="row no-print">{actions}</div> : null}
      </header>
      {children}
    </div>
  );
}
