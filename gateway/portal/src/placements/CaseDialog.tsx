import type { Case } from "@/api/contract";
import { useAddress } from "@/ui/address";
import { AddParticipantDialog, RemoveParticipantDialog } from "./PeopleDialogs";
import { AskForOpinionsDialog, CloseDialog, MatchDialog, ProgressDialog, WithdrawDialog } from "./RunDialogs";
import { AnswerDialog, AskDialog, OpinionDialog } from "./WordDialogs";
import { DecideDialog } from "./DecideDialog";

export interface CaseDialogProps {
  one: Case;
  onClose: () => void;
}

/** The dialog that the address names, if the case allows it now: a new sign-in comes back to it. */
export default function CaseDialog({ one }: { one: Case }) {
  const address = useAddress();
  const asked = address.get("do");
  const common = { one, onClose: () => address.set({ do: "", who: "", which: "" }) };
  if (!one.may?.includes(asked)) return null;
  switch (asked) {
    case "AddParticipant":
      return <AddParticipantDialog {...common} />;
    case "RemoveParticipant":
      return <RemoveParticipantDialog {...common} employeeId={address.get("who")} />;
    case "MatchCase":
      return <MatchDialog {...common} />;
    case "AskForOpinions":
      return <AskForOpinionsDialog {...common} />;
    case "GiveOpinion":
      return <OpinionDialog {...common} />;
    case "DecideCase":
      return <DecideDialog {...common} />;
    case "RecordProgress":
      return <ProgressDialog {...common} />;
    case "CloseCase":
      return <CloseDialog {...common} />;
    case "WithdrawCase":
      return <WithdrawDialog {...common} />;
    case "AskForExplanation":
      return <AskDialog {...common} />;
    case "AnswerExplanation":
      return <AnswerDialog {...common} explanationId={address.get("which")} />;
    default:
      return null;
  }
}
