import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import type { JobProfile, Post } from "@/api/contract";
import { useRights } from "@/api/me";
import { getPost } from "@/api/methods";
import { useRead } from "@/api/queries";
import { getJobProfile } from "@/api/talent";
import { useUnitPath } from "@/organization/unitPath";
import { useAddress } from "@/ui/address";
import { Status } from "@/ui/chips";
import { lazily } from "@/ui/lazily";
import { LinkButton } from "@/ui/LinkButton";
import { named } from "@/ui/naming";
import { Page } from "@/ui/Page";
import { PersonById } from "@/ui/Person";
import { Shown } from "@/ui/Shown";
import { BonesPage, Empty } from "@/ui/states";
import { Day, Moment } from "@/ui/When";
import { ApproveButton } from "./ApproveButton";
import { JobView } from "./JobView";
import { VersionsPanel } from "./VersionsPanel";

const JobEditor = lazily(
  async () => ({ default: (await import("./JobEditor")).JobEditor }),
  () => <BonesPage />,
);
const DraftDialog = lazily(async () => ({ default: (await import("./JobDialogs")).DraftDialog }));
const ApproveDialog = lazily(async () => ({ default: (await import("./JobDialogs")).ApproveDialog }));
const DiscardDialog = lazily(async () => ({ default: (await import("./JobDialogs")).DiscardDialog }));

/** What a post asks for: the draft for who writes it, the version in force for everybody, and any former one. */
export default function JobProfilePage() {
  const { t } = useTranslation();
  const { postId = "" } = useParams();
  const address = useAddress();
  const asked = Number(address.get("number"));
  const number = Number.isInteger(asked) && asked > 0 ? asked : 0;
  const query = useRead(getJobProfile, { postId, number });
  const none = query.error?.is("JOB_PROFILE_NOT_FOUND") === true && number === 0;
  const post = useRead(getPost, { postId }).data;
  const profile = none ? undefined : query.data;
  const name = named(profile?.title ?? post?.title, profile?.titleEn ?? post?.titleEn);
  return (
    <Page
      title={name ? t("jobs.titleOf", { name }) : t("jobs.oneTitle")}
      trail={[{ to: "/job-profiles", name: t("jobs.title") }]}
      actions={profile ? <JobActions profile={profile} post={post} /> : null}
    >
      {none ? (
        <NoProfile post={post} postId={postId} />
      ) : (
        <Shown query={query} bones={<BonesPage />}>
          {(shown) => <JobBody profile={shown} former={number > 0} />}
        </Shown>
      )}
    </Page>
  );
}

/** Worth offering where the right to write reaches the post's unit; the server has the last word. */
function useMayDraft(unitId: string | undefined): boolean {
  const rights = useRights();
  return rights.over("talent.job.edit", "", useUnitPath(unitId));
}

function NoProfile({ post, postId }: { post: Post | undefined; postId: string }) {
  const { t } = useTranslation();
  const address = useAddress();
  const mayDraft = useMayDraft(post?.unitId);
  return (
    <>
      <Empty
        title={t("jobs.none")}
        action={
          mayDraft ? (
            <Button type="primary" onClick={() => address.set({ do: "draft" })} data-testid="begin-draft">
              {t("jobs.do.draft")}
            </Button>
          ) : null
        }
      >
        {t(mayDraft ? "jobs.noneHelpWriter" : "jobs.noneHelp")}
      </Empty>
      {mayDraft && address.get("do") === "draft" ? (
        <DraftDialog
          postId={postId}
          hasVersion={false}
          family={post?.family ?? ""}
          onClose={() => address.set({ do: "" })}
        />
      ) : null}
    </>
  );
}

function JobActions({ profile, post }: { profile: JobProfile; post: Post | undefined }) {
  const { t } = useTranslation();
  const rights = useRights();
  const address = useAddress();
  const draft = profile.state === "JOB_PROFILE_STATE_DRAFT";
  const begins = !draft && profile.mayEdit && !address.get("number");
  const open = address.get("do");
  const close = () => address.set({ do: "" });
  const approves = draft && profile.mayApprove;
  const searches = !draft && rights.overOthers("talent.match.search");
  const discards = draft && profile.mayEdit;
  return (
    <>
      {discards ? (
        <Button onClick={() => address.set({ do: "discard" })} data-testid="discard">
          {t("jobs.do.discard")}
        </Button>
      ) : null}
      {approves && !profile.mayEdit ? <ApproveButton profile={profile} /> : null}
      {searches ? (
        <LinkButton to={`/matching/people?post=${profile.postId ?? ""}`} data-testid="find-people">
          {t("matching.peopleTitle")}
        </LinkButton>
      ) : null}
      {begins ? (
        <Button onClick={() => address.set({ do: "draft" })} data-testid="begin-draft">
          {t("jobs.do.draft")}
        </Button>
      ) : null}
      {begins && open === "draft" ? (
        <DraftDialog
          postId={profile.postId ?? ""}
          hasVersion
          family={profile.demands?.family || post?.family || ""}
          onClose={close}
        />
      ) : null}
      {approves && open === "approve" ? <ApproveDialog profile={profile} onClose={close} /> : null}
      {discards && open === "discard" ? <DiscardDialog profile={profile} onClose={close} /> : null}
    </>
  );
}

function JobBody({ profile, former }: { profile: JobProfile; former: boolean }) {
  const { t } = useTranslation();
  const address = useAddress();
  const draft = profile.state === "JOB_PROFILE_STATE_DRAFT";
  return (
    <div className="stack">
      <p className="row" style={{ columnGap: 16 }} data-testid="job-state">
        {draft ? (
          <Status tone="attention">{t("jobs.draftName")}</Status>
        ) : (
          <Status tone={profile.endsOn ? "hollow" : "done"}>
            {t("jobs.versionName", { number: profile.number ?? 0 })}
          </Status>
        )}
        <span className="quiet number">{profile.postCode}</span>
        {profile.startsOn ? (
          <span>
            <Day on={profile.startsOn} exact /> –{" "}
            {profile.endsOn ? <Day on={profile.endsOn} exact /> : t("growth.present")}
          </span>
        ) : null}
        {profile.approvedBy ? (
          <span>
            <span className="quiet">{t("jobs.approvedBy")} </span>
            <PersonById id={profile.approvedBy} link /> · <Moment at={profile.approvedAt} />
          </span>
        ) : profile.editedBy ? (
          <span>
            <span className="quiet">{t("jobs.editedBy")} </span>
            <PersonById id={profile.editedBy} link />
          </span>
        ) : null}
      </p>
      {former ? (
        <Alert
          type="info"
          showIcon
          title={t("jobs.formerShown", { number: profile.number ?? 0 })}
          action={
            <Button size="small" onClick={() => address.set({ number: "", compare: "" })}>
              {t("jobs.backToPresent")}
            </Button>
          }
        />
      ) : null}
      {draft && profile.mayEdit ? <JobEditor profile={profile} /> : <JobView demands={profile.demands ?? {}} />}
      <VersionsPanel profile={profile} />
    </div>
  );
}
