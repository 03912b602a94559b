import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { JobProfile } from "@/api/contract";
import { useAddress } from "@/ui/address";
import { weighing } from "./demands";

interface ApproveButtonProps {
  profile: JobProfile;
  /** What was typed is not saved: approving would pass it over. */
  unsaved?: boolean;
}

/** Approves what the draft says on the server, once its weights are whole. */
export function ApproveButton({ profile, unsaved = false }: ApproveButtonProps) {
  const { t } = useTranslation();
  const address = useAddress();
  const whole = weighing(profile.demands?.requirements ?? []).missing === 0;
  const hint = unsaved ? t("jobs.saveFirst") : whole ? undefined : t("jobs.approveNeedsWhole");
  return (
    <Button
      type={unsaved ? "default" : "primary"}
      disabled={!whole || unsaved}
      title={hint}
      onClick={() => address.set({ do: "approve" })}
      data-testid="approve"
    >
      {t("jobs.do.approve")}
    </Button>
  );
}
