import { Alert, Button, Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import type { Employee } from "@/api/contract";
import { useMyId, useRights } from "@/api/me";
import { getEmployee } from "@/api/methods";
import { useRead } from "@/api/queries";
import { withTexts } from "@/i18n";
import { useAddress } from "@/ui/address";
import { isDay, today } from "@/ui/days";
import { lazily } from "@/ui/lazily";
import { named } from "@/ui/naming";
import { Page } from "@/ui/Page";
import { DayPicker } from "@/ui/pickers";
import { Shown } from "@/ui/Shown";
import { BonesPage, BonesTable } from "@/ui/states";
import { OverviewTab } from "./OverviewTab";
import { PersonActions } from "./PersonActions";
import { PersonHead } from "./PersonHead";
import { PersonRail } from "./PersonRail";
import { usePersonRights } from "./rights";
import styles from "./PersonPage.module.css";

const bones = () => <BonesTable />;
const TimelineTab = lazily(async () => ({ default: (await import("./TimelineTab")).TimelineTab }), bones);
const WorkTab = lazily(async () => ({ default: (await import("./WorkTab")).WorkTab }), bones);
const AccessTab = lazily(async () => ({ default: (await import("./AccessTab")).AccessTab }), bones);
const GrowthTab = lazily(
  () => withTexts("talent", () => import("@/growth/GrowthTab")),
  () => <BonesPage />,
);

const tabs = ["overview", "timeline", "work", "growth", "access"] as const;
type Tab = (typeof tabs)[number];

/** One person: where they stand, what happened, and what can be done about it. */
export default function PersonPage() {
  const { t } = useTranslation();
  const { employeeId = "", tab } = useParams();
  const address = useAddress();
  const rights = useRights();
  const asked = address.get("asOf");
  const asOf = isDay(asked) ? asked : "";
  const query = useRead(getEmployee, { employeeId, asOf });
  const person = query.data;
  const title = person ? named(person.name, person.nameEn) || t("people.erased") : t("people.person");
  return (
    <Page
      title={title}
      {...(rights.overOthers("employees.person.read") ? { trail: [{ to: "/people", name: t("people.title") }] } : {})}
      actions={
        <>
          <span className="row">
            <DayPicker
              width={140}
              label={t("people.asOf")}
              placeholder={t("people.asOfToday")}
              value={asOf || undefined}
              onChange={(day) => address.set({ asOf: day === today() ? "" : day })}
              testid="as-of"
            />
          </span>
          {person && !asOf ? <PersonActions person={person} /> : null}
        </>
      }
    >
      <Shown query={query} bones={<BonesPage />}>
        {(employee) => (
          <>
            {asOf ? (
              <Alert
                type="info"
                showIcon
                title={t("people.asOfShown", { day: asOf })}
                action={
                  <Button size="small" onClick={() => address.set({ asOf: "" })}>
                    {t("people.backToToday")}
                  </Button>
                }
              />
            ) : null}
            <PersonBody person={employee} tab={tabs.find((one) => one === tab) ?? "overview"} />
          </>
        )}
      </Shown>
    </Page>
  );
}

function PersonBody({ person, tab }: { person: Employee; tab: Tab }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const address = useAddress();
  const { may } = usePersonRights(person);
  const mine = useMyId() === person.employeeId;
  const id = person.employeeId ?? "";
  const maySee = mine || may("identity.grant.read");
  const open = (next: string) =>
    void navigate(`/people/${id}${next === "overview" ? "" : `/${next}`}${address.text ? `?${address.text}` : ""}`, {
      preventScrollReset: true,
    });
  if (person.erased)
    return <Alert type="warning" showIcon title={t("people.erased")} description={t("people.erasedHelp")} />;
  const items = [
    { key: "overview", label: t("people.tabs.overview"), children: <OverviewTab person={person} /> },
    { key: "timeline", label: t("people.tabs.timeline"), children: <TimelineTab employeeId={id} /> },
    { key: "work", label: t("people.tabs.work"), children: <WorkTab person={person} /> },
    ...(tab === "growth" || may("talent.profile.read")
      ? [{ key: "growth", label: t("people.tabs.growth"), children: <GrowthTab person={person} /> }]
      : []),
    ...(maySee ? [{ key: "access", label: t("people.tabs.access"), children: <AccessTab employeeId={id} /> }] : []),
  ];
  return (
    <>
      <PersonHead person={person} />
      <div className={styles.columns}>
        <Tabs
          activeKey={tab}
          onChange={open}
          items={items}
          destroyOnHidden
          className={styles.tabs ?? ""}
          data-testid="person-tabs"
        />
        <PersonRail person={person} />
      </div>
    </>
  );
}
