import {
  ApartmentOutlined,
  AimOutlined,
  AuditOutlined,
  BookOutlined,
  CommentOutlined,
  CompassOutlined,
  HomeOutlined,
  IdcardOutlined,
  KeyOutlined,
  PercentageOutlined,
  ProfileOutlined,
  RiseOutlined,
  SafetyCertificateOutlined,
  SolutionOutlined,
  StarOutlined,
  TeamOutlined,
  ToolOutlined,
  UploadOutlined,
  UserOutlined,
} from "@ant-design/icons";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, useLocation } from "react-router";
import { useMe, useMyId, useRights } from "@/api/me";
import styles from "./Frame.module.css";
import { placesFor, type Place } from "./places";

const icons: Record<Place["key"], ReactNode> = {
  home: <HomeOutlined aria-hidden />,
  people: <TeamOutlined aria-hidden />,
  me: <IdcardOutlined aria-hidden />,
  hire: null,
  organization: <ApartmentOutlined aria-hidden />,
  imports: <UploadOutlined aria-hidden />,
  newImport: null,
  growth: <RiseOutlined aria-hidden />,
  jobProfiles: <ProfileOutlined aria-hidden />,
  skills: <BookOutlined aria-hidden />,
  contests: <CommentOutlined aria-hidden />,
  importEntries: <UploadOutlined aria-hidden />,
  postMatches: <CompassOutlined aria-hidden />,
  peopleMatches: <AimOutlined aria-hidden />,
  pools: <StarOutlined aria-hidden />,
  placements: <SolutionOutlined aria-hidden />,
  fairness: <PercentageOutlined aria-hidden />,
  openCase: null,
  requests: <AuditOutlined aria-hidden />,
  grants: <KeyOutlined aria-hidden />,
  accounts: <UserOutlined aria-hidden />,
  roles: <ToolOutlined aria-hidden />,
  myAccess: <SafetyCertificateOutlined aria-hidden />,
};

export function Navigation({ onGo }: { onGo?: () => void }) {
  const { t } = useTranslation();
  const rights = useRights();
  const myId = useMyId();
  const { requestsWaiting = 0 } = useMe();
  const { pathname } = useLocation();
  const places = placesFor(myId).filter((place) => place.open(rights, myId));
  const mine = `/people/${myId}`;

  // One's own page lies below the list of people, and one's growth below that page, but each is a place of its own.
  const covered = (key: Place["key"]) =>
    myId !== "" && ((key === "people" && pathname.startsWith(mine)) || (key === "me" && pathname === `${mine}/growth`));
  const link = ({ key, to }: Place) => (
    <li key={key}>
      <NavLink
        to={to}
        end={to === "/"}
        onClick={onGo}
        aria-current={covered(key) ? "false" : "page"}
        data-testid={`nav-${key}`}
      >
        {icons[key]}
        {t(`places.${key}`)}
        {key === "requests" && requestsWaiting > 0 ? (
          <span className={styles.count} title={t("home.waitingForYou", { count: requestsWaiting })}>
            {requestsWaiting}
          </span>
        ) : null}
      </NavLink>
    </li>
  );
  const grouped = (name: Place["group"]) => places.filter(({ group }) => group === name).map(link);
  return (
    <nav className={styles.nav} aria-label={t("app.navigation")}>
      <ul>{grouped("work")}</ul>
      {places.some(({ group }) => group === "talent") ? (
        <>
          <p className={styles.group}>{t("places.talent")}</p>
          <ul>{grouped("talent")}</ul>
        </>
      ) : null}
      <p className={styles.group}>{t("places.access")}</p>
      <ul>{grouped("access")}</ul>
    </nav>
  );
}
