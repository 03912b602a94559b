import { Alert, Form, Radio } from "antd";
import { useTranslation } from "react-i18next";
import type { JobProfile, JobTemplate } from "@/api/contract";
import { useRead } from "@/api/queries";
import { approveJobProfile, discardDraft, draftJobProfile, listJobTemplates } from "@/api/talent";
import { DayField, useDoneMessage } from "@/people/commands/parts";
import { addDays, later, today } from "@/ui/days";
import { CommandDialog } from "@/ui/forms";
import { named } from "@/ui/naming";
import { Bone } from "@/ui/states";
import { weighing } from "./demands";
import { useRequirementName } from "./words";

interface DraftDialogProps {
  postId: string;
  /** A version is in force that can be begun from. */
  hasVersion: boolean;
  family: string;
  onClose: () => void;
}

/** Begins a draft: from what is in force, from a family's template, or empty. */
export function DraftDialog({ postId, hasVersion, family, onClose }: DraftDialogProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  const templates = useRead(listJobTemplates, {}, { staleTime: 300_000 });
  const nameOf = useRequirementName();
  const found = templates.data?.templates ?? [];
  const fits = ({ demands, name, nameEn }: JobTemplate) =>
    family !== "" && [demands?.family, name, nameEn].includes(family);
  const sorted = [...found].sort((a, b) => Number(fits(b)) - Number(fits(a)));
  const list = (names: readonly string[]) => new Intl.ListFormat(document.documentElement.lang).format(names);
  return (
    <CommandDialog
      method={draftJobProfile}
      title={t("jobs.do.draft")}
      send={t("jobs.do.draft")}
      first={{ template: "" }}
      request={({ template }: { template: string }) => ({ postId, template })}
      onDone={() => done(t("jobs.done.draft"))}
      onClose={onClose}
      testid="draft-dialog"
    >
      <Form.Item name="template" label={t("jobs.beginFrom")}>
        <Radio.Group style={{ display: "grid", gap: 10 }}>
          <Radio value="">{t(hasVersion ? "jobs.fromInForce" : "jobs.fromNothing")}</Radio>
          {templates.isPending ? <Bone width="60%" /> : null}
          {sorted.map((template) => (
            <Radio key={template.code} value={template.code ?? ""}>
              {named(template.name, template.nameEn)}{" "}
              <span className="quiet">{list((template.demands?.requirements ?? []).map(nameOf))}</span>
            </Radio>
          ))}
        </Radio.Group>
      </Form.Item>
    </CommandDialog>
  );
}

interface JobDialogProps {
  profile: JobProfile;
  onClose: () => void;
}

export function ApproveDialog({ profile, onClose }: JobDialogProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  const { missing, unexplained } = weighing(profile.demands?.requirements ?? []);
  const inForce = profile.versions?.find(({ state, endsOn }) => state === "JOB_PROFILE_STATE_APPROVED" && !endsOn);
  const earliest = inForce?.startsOn ? addDays(inForce.startsOn, 1) : undefined;
  return (
    <CommandDialog
      method={approveJobProfile}
      title={t("jobs.do.approve")}
      send={t("jobs.do.approve")}
      about={
        <div className="stack" style={{ gap: 8 }}>
          <p className="quiet">{t("jobs.approveAbout")}</p>
          {missing === 0 ? null : <Alert type="error" showIcon title={t("jobs.notWhole", { sum: 100 - missing })} />}
          {unexplained > 0 ? (
            <Alert type="warning" showIcon title={t("jobs.unexplained", { count: unexplained })} />
          ) : null}
        </div>
      }
      first={{ startsOn: later(today(), earliest) }}
      request={({ startsOn }: { startsOn: string }) => ({
        postId: profile.postId ?? "",
        version: profile.version ?? 1,
        startsOn,
      })}
      onDone={() => done(t("jobs.done.approve"))}
      onClose={onClose}
      testid="approve-dialog"
    >
      <DayField name="startsOn" label={t("jobs.startsOn")} min={earliest} />
    </CommandDialog>
  );
}

export function DiscardDialog({ profile, onClose }: JobDialogProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  return (
    <CommandDialog
      method={discardDraft}
      title={t("jobs.do.discard")}
      send={t("jobs.do.discard")}
      danger
      about={t("jobs.discardAbout")}
      request={() => ({ postId: profile.postId ?? "", version: profile.version ?? 1 })}
      onDone={() => done(t("jobs.done.discard"))}
      onClose={onClose}
      testid="discard-dialog"
    >
      {null}
    </CommandDialog>
  );
}
