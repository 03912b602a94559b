import i18next from "i18next";
import { beforeAll, describe, expect, test } from "vitest";
import { addressOf } from "@/api/address";
import { listPosts } from "@/api/methods";
import { postChoice, postChoices, postsAsked } from "@/ui/pickers/posts";

const say = { full: "full", places: "Filled / headcount" };
const offer = { placed: true, later: false, units: new Map<string, string>(), say };
const full = {
  postId: "a",
  code: "QA-1",
  title: "检验员",
  titleEn: "Inspector",
  unitId: "qa",
  filled: 2,
  headcount: 2,
};
const free = { postId: "b", code: "QA-2", title: "组长", titleEn: "Team leader", unitId: "qa", headcount: 1 };

beforeAll(async () => {
  await i18next.init({ lng: "en", resources: {} });
});

describe("whoever looks for a post", () => {
  test("has the service look for what was typed, in the company or in one unit", () => {
    const asked = (text: string, unitId?: string, own = false) =>
      addressOf(listPosts.verb, listPosts.path, { ...postsAsked(text, unitId, own) }).url;
    expect(asked(" 质量 ")).toBe("/v1/posts?query=%E8%B4%A8%E9%87%8F&pageSize=50");
    expect(asked("iqa", "qa")).toBe("/v1/posts?query=iqa&pageSize=50&unitId=qa");
    expect(asked("", "qa", true)).toBe("/v1/posts?pageSize=50&unitId=qa&ownOnly=true");
    // A unit nobody chose has no posts of its own.
    expect(asked("iqa", undefined, true)).toBe("/v1/posts?query=iqa&pageSize=50");
  });

  test("tells posts of one title apart by unit, code and places", () => {
    const units = new Map([["qa", "Quality"]]);
    expect(postChoice(full, { ...offer, units })).toMatchObject({
      label: "Inspector",
      hint: "Quality · QA-1 · 2/2 full",
    });
    expect(postChoice(free, offer).hint).toBe("QA-2 · 0/1");
  });

  test("is offered posts with room first, and a full one only where somebody may leave before", () => {
    const offered = (more: object) => postChoices([full, free], { ...offer, ...more });
    expect(offered({}).map(({ value, disabled }) => [value, disabled])).toEqual([
      ["b", false],
      ["a", true],
    ]);
    expect(offered({ later: true }).every(({ disabled }) => !disabled)).toBe(true);
    // A filter places nobody: full posts are as good as others, in the order of their codes.
    expect(offered({ placed: false }).map(({ value, disabled }) => [value, disabled])).toEqual([
      ["a", false],
      ["b", false],
    ]);
  });
});
