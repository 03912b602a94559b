/** Choosing a day, a person, a unit, a post. Values are what the contract takes: "2026-03-31" and ids. */
import { lazily } from "../lazily";

// Calendars and trees are a third of the script of a page that has them; it can be read before they are there.
export const DayPicker = lazily(() => import("./DayPicker"));
export const PersonPicker = lazily(() => import("./PersonPicker"));
export const UnitPicker = lazily(() => import("./UnitPicker"));
export const PostPicker = lazily(() => import("./PostPicker"));
