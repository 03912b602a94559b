import { useTranslation } from "react-i18next";
import type { Entry } from "@/api/contract";
import { named } from "@/ui/naming";
import { PotentialWords } from "./EntryPanels";

/** What an entry is about and of what kind. */
export function EntryName({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const { kind = "ENTRY_KIND_UNSPECIFIED", potential = "POTENTIAL_KIND_UNSPECIFIED", title, titleEn } = entry;
  return (
    <>
      {kind === "ENTRY_KIND_POTENTIAL" ? t(`talent.potential.${potential}`) : named(title, titleEn)}{" "}
      <span className="quiet">{t(`talent.entryKind.${kind}`)}</span>
    </>
  );
}

export function EntryValue({ entry }: { entry: Entry }) {
  if (entry.kind === "ENTRY_KIND_SKILL") return <span className="number">{entry.level ?? 0} / 5</span>;
  if (entry.kind === "ENTRY_KIND_POTENTIAL") return <PotentialWords entry={entry} />;
  if (!entry.value) return <span className="quiet">—</span>;
  const apart = entry.kind === "ENTRY_KIND_REVIEW" ? " / " : " ";
  return <span className="number">{`${entry.value}${entry.scale ? apart + entry.scale : ""}`}</span>;
}
