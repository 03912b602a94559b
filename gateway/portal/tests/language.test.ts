import { describe, expect, test } from "vitest";
import { firstLanguage, handedIn, handedOver, type Known } from "@/i18n/first";

const nothing: Known = { chosen: null, handed: undefined, account: null, browser: ["zh-CN", "en"] };

describe("the first page", () => {
  test("begins in what was chosen here, then what the sign-in was in, then what the account spoke last", () => {
    const all: Known = { chosen: "zh-CN", handed: "en", account: "zh-CN", browser: ["zh-CN"] };
    expect(firstLanguage(all)).toBe("zh-CN");
    expect(firstLanguage({ ...all, chosen: null })).toBe("en");
    expect(firstLanguage({ ...all, chosen: null, handed: undefined, browser: ["en"] })).toBe("zh-CN");
    expect(firstLanguage({ ...all, chosen: "fr", handed: undefined, account: "de", browser: ["en-GB"] })).toBe("en");
  });

  test("begins in the browser's first language of ours, as the front door does", () => {
    const first = (...browser: string[]) => firstLanguage({ ...nothing, browser });
    expect(first("zh-TW", "en")).toBe("zh-CN");
    expect(first("fr", "zh", "en")).toBe("zh-CN");
    expect(first("de-AT", "en-GB")).toBe("en");
    expect(first("zha")).toBe("en");
    expect(first("fr")).toBe("en");
    expect(first()).toBe("en");
  });

  test("takes one of our languages from the sign-in's cookie and nothing else, once", () => {
    expect(handedIn("a=1; mainstay-sign-in-language=zh-CN; b=2")).toBe("zh-CN");
    expect(handedIn("mainstay-language=en")).toBeUndefined();
    expect(handedIn("x-mainstay-sign-in-language=en; mainstay-sign-in-language=de")).toBeUndefined();
    expect(handedIn("")).toBeUndefined();
    expect(handedOver).toMatch(/^mainstay-sign-in-language=;.*Max-Age=0$/);
  });
});
