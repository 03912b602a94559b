import i18next, { type Resource } from "i18next";
import { initReactI18next } from "react-i18next";
import type { Locale } from "antd/es/locale";
import { speak } from "@/api/client";

export type Language = "zh-CN" | "en";
export const languages: readonly { language: Language; name: string }[] = [
  { language: "zh-CN", name: "中文" },
  { language: "en", name: "English" },
];

const kept = "mainstay.language";

/** A language comes as one piece: our texts, the components' texts, and the calendar's names. */
async function pieces(language: Language): Promise<{ texts: Resource[string][string]; components: Locale }> {
  if (language === "en") {
    const [texts, components] = await Promise.all([import("./en"), import("antd/locale/en_US")]);
    return { texts: texts.default, components: components.default };
  }
  const [texts, components] = await Promise.all([
    import("./zh-CN"),
    import("antd/locale/zh_CN"),
    import("dayjs/locale/zh-cn"),
  ]);
  return { texts: texts.default, components: components.default };
}

/** Texts that most first loads can do without: each part comes with the pages that need it. */
const parts = {
  talent: { "zh-CN": () => import("./zh-CN/talent"), en: () => import("./en/talent") },
};
export type Part = keyof typeof parts;
const brought = new Set<Part>();

async function bring(part: Part, language: Language): Promise<void> {
  const texts: Resource[string][string] = (await parts[part][language]()).default;
  i18next.addResourceBundle(language, "texts", texts, true, true);
}

/** Code together with the texts it shows. */
export async function withTexts<Code>(part: Part, load: () => Promise<Code>): Promise<Code> {
  brought.add(part);
  const [code] = await Promise.all([load(), bring(part, currentLanguage())]);
  return code;
}

const components = new Map<Language, Locale>();

export function componentTexts(language: Language): Locale | undefined {
  return components.get(language);
}

export function currentLanguage(): Language {
  return i18next.language === "en" ? "en" : "zh-CN";
}

function wanted(): Language {
  const chosen = localStorage.getItem(kept);
  if (chosen === "en" || chosen === "zh-CN") return chosen;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

/** Whether a language was chosen on this machine, so that the account's own does not overrule it. */
export function languageChosen(): boolean {
  return localStorage.getItem(kept) !== null;
}

export async function changeLanguage(language: Language): Promise<void> {
  const piece = await pieces(language);
  components.set(language, piece.components);
  i18next.addResourceBundle(language, "texts", piece.texts, true, true);
  await Promise.all([...brought].map((part) => bring(part, language)));
  speak(language);
  document.documentElement.lang = language;
  localStorage.setItem(kept, language);
  tellTheFrontDoor(language);
  await i18next.changeLanguage(language);
}

/** The front door's own pages, and the issuer's, then speak the chosen language too. Empty: none was chosen. */
function tellTheFrontDoor(language: Language | "") {
  const age = language ? 31_536_000 : 0;
  const secure = window.location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `mainstay-language=${language}; Path=/; SameSite=Lax; Max-Age=${String(age)}${secure}`;
}

const told = "mainstay.language-chosen-before-sign-in";

/** Somebody not signed in yet chooses: their account hears of it once they are. */
export async function chooseBeforeSignIn(language: Language): Promise<void> {
  sessionStorage.setItem(told, language);
  await changeLanguage(language);
}

/** What was chosen before this sign-in, said once. */
export function takeChosenBeforeSignIn(): Language | undefined {
  const chosen = sessionStorage.getItem(told);
  sessionStorage.removeItem(told);
  return chosen === "en" || chosen === "zh-CN" ? chosen : undefined;
}

export async function startTexts(): Promise<void> {
  const chosen = languageChosen();
  await i18next.use(initReactI18next).init({
    lng: wanted(),
    ns: ["texts"],
    defaultNS: "texts",
    resources: {},
    interpolation: { escapeValue: false },
  });
  await changeLanguage(wanted());
  if (!chosen) {
    localStorage.removeItem(kept);
    tellTheFrontDoor("");
  }
}
