import { Button } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Employee, PersonalData } from "@/api/contract";
import { useAddress } from "@/ui/address";
import { Facts, Sensitive } from "@/ui/facts";
import { named } from "@/ui/naming";
import { PersonById } from "@/ui/Person";
import { Day } from "@/ui/When";
import { usePersonRights } from "./rights";
import { lazily } from "@/ui/lazily";

const RevealDialog = lazily(async () => ({ default: (await import("./RevealDialog")).RevealDialog }));

/** What was revealed goes away by itself, also when the desk was left. */
const REVEALED_MS = 60_000;

export function OverviewTab({ person }: { person: Employee }) {
  const { t } = useTranslation();
  const { primary } = person;
  return (
    <div className="stack">
      <PersonalPanel person={person} />
      <section className="panel">
        <h2>{t("people.place")}</h2>
        <Facts
          facts={[
            { name: t("people.post"), value: named(primary?.postTitle, primary?.postTitleEn) },
            { name: t("people.unit"), value: named(primary?.unitName, primary?.unitNameEn) },
            { name: t("people.manager"), value: <PersonById id={primary?.managerId} link /> },
            { name: t("people.since"), value: <Day on={primary?.startsOn} exact /> },
            { name: t("people.hiredOn"), value: <Day on={person.hiredOn} exact /> },
            { name: t("people.lastDay"), value: <Day on={person.lastDay} /> },
            { name: t("people.directReports"), value: <span className="number">{person.directReports ?? 0}</span> },
            { name: t("people.timeZone"), value: person.timeZone },
          ]}
        />
      </section>
    </div>
  );
}

function PersonalPanel({ person }: { person: Employee }) {
  const { t } = useTranslation();
  const { may } = usePersonRights(person);
  const address = useAddress();
  const [clear, setClear] = useState<PersonalData>();
  useEffect(() => {
    if (!clear) return;
    const timer = window.setTimeout(() => setClear(undefined), REVEALED_MS);
    return () => window.clearTimeout(timer);
  }, [clear]);
  const id = person.employeeId ?? "";
  const mayReveal = may("employees.person.reveal");
  const asking = address.get("do") === "reveal" && mayReveal;
  return (
    <section className="panel" data-testid="personal">
      <h2 className="row" style={{ justifyContent: "space-between" }}>
        {t("people.personal")}
        {clear ? (
          <Button size="small" onClick={() => setClear(undefined)}>
            {t("people.hide")}
          </Button>
        ) : mayReveal ? (
          <Button size="small" onClick={() => address.set({ do: "reveal" })} data-testid="reveal">
            {t("people.reveal")}
          </Button>
        ) : null}
      </h2>
      <Facts
        facts={[
          { name: t("people.name"), value: person.name },
          { name: t("people.nameEn"), value: person.nameEn },
          {
            name: t("people.workMail"),
            value: person.workMail ? <a href={`mailto:${person.workMail}`}>{person.workMail}</a> : "",
          },
          { name: t("people.mobile"), value: <Sensitive value={clear?.mobile ?? person.mobile} /> },
          { name: t("people.nationalId"), value: <Sensitive value={clear?.nationalId ?? person.nationalId} /> },
          { name: t("people.birthDate"), value: <Sensitive value={clear?.birthDate ?? person.birthDate} /> },
          { name: t("people.homeAddress"), value: <Sensitive value={clear?.homeAddress ?? person.homeAddress} /> },
        ]}
      />
      {clear ? <p className="quiet">{t("people.revealedFor", { seconds: REVEALED_MS / 1000 })}</p> : null}
      {asking ? <RevealDialog employeeId={id} onShown={setClear} onClose={() => address.set({ do: "" })} /> : null}
    </section>
  );
}
