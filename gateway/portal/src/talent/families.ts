/** Job families: the delivered ones have names in both languages, a company's own are called what they are written as. */
import { useTranslation } from "react-i18next";

export const families = [
  "production",
  "quality",
  "engineering",
  "research",
  "purchasing",
  "logistics",
  "sales",
  "finance",
  "hr",
  "it",
  "administration",
  "audit",
  "ehs",
] as const;
type Family = (typeof families)[number];

function delivered(word: string): Family | undefined {
  return families.find((one) => one === word.toLowerCase());
}

export function useFamilyName(): (family: string | undefined) => string {
  const { t } = useTranslation();
  return (family = "") => {
    const known = delivered(family);
    return known ? t(`talent.family.${known}`) : family;
  };
}

/** Pure: what is kept of a word somebody typed: the code where it is a delivered family's name. */
export function familyOf(word: string, nameOf: (family: string) => string): string {
  const wanted = word.trim().toLowerCase();
  return families.find((one) => one === wanted || nameOf(one).toLowerCase() === wanted) ?? word.trim();
}
