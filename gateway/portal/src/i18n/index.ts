import i18next, { type Resource } from "i18next";
import { initReactI18next } from "react-i18next";
import type { Locale } from "antd/es/locale";
import { speak } from "@/api/client";
import { firstLanguage, handedIn, handedOver, isLanguage, type Language } from "./first";

export type { Language } from "./first";
export const languages: readonly { language: Language; name: string }[] = [
  { language: "zh-CN", name: "中文" },
  { language: "en", name: "English" },
];

const kept = "mainstay.language";
/** What the account spoke last: a page begins in it, and nobody chose it here. */
const accounts = "mainstay.language-of-account";

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

/** Takes over what a sign-in led here with. */
function wanted(): Language {
  const handed = handedIn(document.cookie);
  if (handed) {
    document.cookie = handedOver;
    localStorage.setItem(accounts, handed);
  }
  return firstLanguage({
    chosen: localStorage.getItem(kept),
    handed,
    account: localStorage.getItem(accounts),
    browser: navigator.languages,
  });
}

/** Whether a language was chosen on this machine, so that the account's own does not overrule it. */
export function languageChosen(): boolean {
  return localStorage.getItem(kept) !== null;
}

async function become(language: Language): Promise<void> {
  const piece = await pieces(language);
  components.set(language, piece.components);
  i18next.addResourceBundle(language, "texts", piece.texts, true, true);
  await Promise.all([...brought].map((part) => bring(part, language)));
  speak(language);
  document.documentElement.lang = language;
  await i18next.changeLanguage(language);
}

/** Somebody chose: it holds on this machine. */
export async function changeLanguage(language: Language): Promise<void> {
  localStorage.setItem(kept, language);
  tellTheFrontDoor(language);
  await become(language);
}

/** The account's own language, which nobody chose on this machine; the next page begins in it. */
export async function followAccount(language: Language): Promise<void> {
  localStorage.setItem(accounts, language);
  await become(language);
}

/** Whoever signs in next is somebody else. */
export function forgetAccountLanguage(): void {
  localStorage.removeItem(accounts);
}

/** The front door's own pages, and the issuer's, then speak the chosen language too. */
function tellTheFrontDoor(language: Language) {
  const secure = window.location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `mainstay-language=${language}; Path=/; SameSite=Lax; Max-Age=31536000${secure}`;
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
  return isLanguage(chosen) ? chosen : undefined;
}

export async function startTexts(): Promise<void> {
  const language = wanted();
  await i18next.use(initReactI18next).init({
    lng: language,
    ns: ["texts"],
    defaultNS: "texts",
    resources: {},
    interpolation: { escapeValue: false },
  });
  if (languageChosen()) tellTheFrontDoor(language);
  await become(language);
}
