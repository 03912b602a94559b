import type { Employee, Entry, Profile } from "@/api/contract";
import { useAddress } from "@/ui/address";
import { AnswerFollowed } from "./AnswerFollowed";
import { AnswerDialog, ContestDialog, EndDialog, VerifyDialog } from "./EntryDialogs";
import { HistoryDrawer } from "./HistoryDrawer";
import { AutomatedUseDialog, RatePotentialDialog, RateRiskDialog } from "./RatingDialogs";
import { RateSkillDialog, RecordSkillDialog, RecordTitledDialog } from "./RecordDialogs";
import type { GrowthRights } from "./rights";
import { WishesDialog } from "./WishesDialog";

interface GrowthDialogProps {
  person: Employee;
  profile: Profile;
  rights: GrowthRights;
}

export interface DialogProps {
  employeeId: string;
  onClose: () => void;
}

export interface EntryDialogProps extends DialogProps {
  entry: Entry;
}

/** The dialog that the address names, if it may be opened. */
export default function GrowthDialog({ person, profile, rights }: GrowthDialogProps) {
  const address = useAddress();
  const asked = address.get("do");
  const common = {
    employeeId: person.employeeId ?? "",
    onClose: () => address.set({ do: "", entry: "" }),
  };
  const entry = profile.entries?.find(({ entryId }) => entryId === address.get("entry"));
  const command = entry ? rights.commandsFor(entry).find((one) => one === asked) : undefined;
  if (asked === "answer" && rights.answers && !command)
    return <AnswerFollowed {...common} entryId={address.get("entry")} />;
  if (entry) {
    switch (command) {
      case "answer":
        return <AnswerDialog {...common} entry={entry} />;
      case "verify":
        return <VerifyDialog {...common} entry={entry} />;
      case "contest":
        return <ContestDialog {...common} entry={entry} />;
      case "end":
        return <EndDialog {...common} entry={entry} />;
      case "renew":
        return rights.rates ? (
          <RateSkillDialog {...common} entry={entry} />
        ) : (
          <RecordSkillDialog {...common} entry={entry} mine={rights.mine} />
        );
      default:
        return null;
    }
  }
  switch (asked) {
    case "record-skill":
      return rights.records ? <RecordSkillDialog {...common} mine={rights.mine} /> : null;
    case "record-certificate":
      return rights.records ? <RecordTitledDialog {...common} kind="ENTRY_KIND_CERTIFICATE" /> : null;
    case "record-award":
      return rights.records ? <RecordTitledDialog {...common} kind="ENTRY_KIND_AWARD" /> : null;
    case "rate-skill":
      return rights.rates ? <RateSkillDialog {...common} /> : null;
    case "rate-potential":
      return rights.rates ? <RatePotentialDialog {...common} /> : null;
    case "aspirations":
      return rights.wishes ? <WishesDialog {...common} wishes={profile.aspirations} /> : null;
    case "automated":
      return rights.refuses ? (
        <AutomatedUseDialog refused={profile.automatedUseRefused ?? false} onClose={common.onClose} />
      ) : null;
    case "risk":
      return rights.ratesRisk ? <RateRiskDialog {...common} /> : null;
    case "history":
      return <HistoryDrawer person={person} onClose={common.onClose} />;
    default:
      return null;
  }
}
