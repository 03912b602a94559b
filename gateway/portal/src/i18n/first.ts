/** Pure: which language a page begins in, before anybody is asked. */
export type Language = "zh-CN" | "en";

/** Set by the front door around a sign-in: what the person's account, or the issuer's page, was in. */
const handed = "mainstay-sign-in-language";

export interface Known {
  /** Chosen on this machine. */
  chosen: string | null;
  /** From the sign-in that led here, and what the account on this machine spoke last. */
  handed: string | undefined;
  account: string | null;
  /** The browser's, most wanted first. */
  browser: readonly string[];
}

export function isLanguage(text: string | null | undefined): text is Language {
  return text === "zh-CN" || text === "en";
}

/** What was chosen here holds over the sign-in's, that over the account's last, and that over the browser's. */
export function firstLanguage({ chosen, handed: told, account, browser }: Known): Language {
  const known = [chosen, told, account].find(isLanguage);
  if (known) return known;
  // As the front door reads Accept-Language: the first of ours.
  const wanted = browser.map((tag) => tag.toLowerCase().split("-")[0]).find((tag) => tag === "zh" || tag === "en");
  return wanted === "zh" ? "zh-CN" : "en";
}

export function handedIn(cookies: string): Language | undefined {
  const found = cookies.split("; ").find((one) => one.startsWith(`${handed}=`));
  const value = found?.slice(handed.length + 1);
  return isLanguage(value) ? value : undefined;
}

/** What takes the cookie away, once read. */
export const handedOver = `${handed}=; Path=/; SameSite=Lax; Max-Age=0`;
