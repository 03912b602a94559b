import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { JobProfile, JobProfileVersion } from "@/api/contract";
import { useRead } from "@/api/queries";
import { getJobProfile } from "@/api/talent";
import { useAddress } from "@/ui/address";
import { DataTable } from "@/ui/DataTable";
import { lazily } from "@/ui/lazily";
import { Shown } from "@/ui/Shown";
import { BonesTable } from "@/ui/states";
import { Day } from "@/ui/When";

const Comparison = lazily(async () => ({ default: (await import("./Comparison")).Comparison }));

function useVersionName() {
  const { t } = useTranslation();
  return ({ number = 0, state }: Pick<JobProfileVersion, "number" | "state">) =>
    state === "JOB_PROFILE_STATE_DRAFT" ? t("jobs.draftName") : t("jobs.versionName", { number });
}

/** The other versions of a post, to be read and to be held against the one that is shown. */
export function VersionsPanel({ profile }: { profile: JobProfile }) {
  const { t } = useTranslation();
  const address = useAddress();
  const nameOf = useVersionName();
  const versions = (profile.versions ?? []).filter(
    ({ number, state }) => number !== profile.number || state !== profile.state,
  );
  const compared = versions.find(({ number = 0 }) => String(number) === address.get("compare"));
  if (versions.length === 0) return null;
  return (
    <section aria-label={t("jobs.versions")} className="stack" style={{ gap: 8 }}>
      <h2 style={{ fontSize: 14 }}>{t("jobs.versions")}</h2>
      <DataTable<JobProfileVersion>
        label={t("jobs.versions")}
        testid="versions"
        rows={versions}
        keyOf={({ number = 0, state = "" }) => `${number}/${state}`}
        columns={[
          { key: "name", title: t("jobs.version"), cell: nameOf },
          { key: "from", title: t("growth.from"), number: true, cell: ({ startsOn }) => <Day on={startsOn} exact /> },
          {
            key: "to",
            title: t("growth.to"),
            number: true,
            cell: ({ endsOn, startsOn }) =>
              endsOn ? <Day on={endsOn} exact /> : startsOn ? t("growth.present") : <span className="quiet">—</span>,
          },
          {
            key: "do",
            title: "",
            cell: ({ number = 0 }) => (
              <span className="row">
                <Button
                  size="small"
                  onClick={() => address.set({ number: String(number), compare: "" }, { push: true })}
                >
                  {t("jobs.show")}
                </Button>
                <Button
                  size="small"
                  onClick={() => address.set({ compare: String(number) })}
                  data-testid={`compare-${number}`}
                >
                  {t("jobs.compare")}
                </Button>
              </span>
            ),
          },
        ]}
      />
      {compared ? <Compared profile={profile} version={compared} onClose={() => address.set({ compare: "" })} /> : null}
    </section>
  );
}

interface ComparedProps {
  profile: JobProfile;
  version: JobProfileVersion;
  onClose: () => void;
}

function Compared({ profile, version, onClose }: ComparedProps) {
  const { t } = useTranslation();
  const nameOf = useVersionName();
  const query = useRead(getJobProfile, { postId: profile.postId ?? "", number: version.number ?? 0 });
  return (
    <div className="stack" style={{ gap: 8 }}>
      <h3 className="row" style={{ fontSize: 14, justifyContent: "space-between" }}>
        {t("jobs.comparedWith", { version: nameOf(version) })}
        <Button size="small" onClick={onClose}>
          {t("ui.close")}
        </Button>
      </h3>
      <Shown query={query} bones={<BonesTable rows={3} columns={4} />}>
        {(other) => (
          <Comparison
            before={other.demands ?? {}}
            after={profile.demands ?? {}}
            beforeName={nameOf(version)}
            afterName={nameOf(profile)}
          />
        )}
      </Shown>
    </div>
  );
}
