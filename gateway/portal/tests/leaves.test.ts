/** Who has given notice is marked in words, with the day; nobody else is. */
import i18next from "i18next";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { initReactI18next } from "react-i18next";
import { beforeAll, expect, test } from "vitest";
import en from "@/i18n/en/talent";
import zh from "@/i18n/zh-CN/talent";
import { beginsTooLate } from "@/placements/deciding";
import { Leaves } from "@/talent/Leaves";

beforeAll(async () => {
  await i18next.use(initReactI18next).init({
    lng: "zh-CN",
    resources: { "zh-CN": { translation: zh }, en: { translation: en } },
  });
});

const mark = (on?: string) => renderToStaticMarkup(createElement(Leaves, { on }));

test.each([
  ["zh-CN", "将于 2026年12月31日 离职"],
  ["en", "Leaves, last day December 31, 2026"],
])("in %s", async (language, words) => {
  await i18next.changeLanguage(language);
  expect(mark("2026-12-31")).toContain(`>${words}<`);
  expect(mark("2026-12-31")).toContain('dateTime="2026-12-31"');
});

test("nothing is said of anybody else", () => {
  expect([mark(""), mark(undefined)]).toEqual(["", ""]);
});

test("a probation begins too late the day after the last one, and not on it", () => {
  expect(["2026-12-30", "2026-12-31", "2027-01-01"].map((day) => beginsTooLate("2026-12-31", day))).toEqual([
    false,
    false,
    true,
  ]);
  expect([
    beginsTooLate("", "2027-01-01"),
    beginsTooLate(undefined, undefined),
    beginsTooLate("2026-12-31", ""),
  ]).toEqual([false, false, false]);
});
