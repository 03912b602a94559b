import { currentLanguage } from "@/i18n";

/** The name in the language of the page where there is one, the other otherwise. */
export function named(local: string | undefined, english: string | undefined): string {
  return currentLanguage() === "en" ? english || local || "" : local || english || "";
}

/** Two characters that stand for a person: the given name's in Chinese, the initials in Latin letters. */
export function initials(name: string): string {
  const text = name.trim();
  if (/[㐀-鿿]/.test(text)) return text.replace(/[^㐀-鿿]/g, "").slice(-2);
  const words = text.split(/[\s.-]+/).filter(Boolean);
  const first = words[0]?.[0] ?? "";
  const last = words.length > 1 ? (words[words.length - 1]?.[0] ?? "") : (words[0]?.[1] ?? "");
  return (first + last).toUpperCase();
}
