/** What keeps a command from being sent twice. */
import { describe, expect, test } from "vitest";
import { singly } from "@/api/singly";

describe("a command asked for again before it is answered", () => {
  test("does not begin a second time, as by a double click", () => {
    const once = singly();
    expect([once.begin(), once.begin(), once.begin()]).toEqual([true, false, false]);
  });

  test("begins again once it is answered", () => {
    const once = singly();
    once.begin();
    once.end();
    expect(once.begin()).toBe(true);
  });

  test("does not hold up another", () => {
    const [one, other] = [singly(), singly()];
    one.begin();
    expect(other.begin()).toBe(true);
  });
});
