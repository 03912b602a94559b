/** Choosing a day, a person, a unit, a post. Values are what the contract takes: "2026-03-31" and ids. */
import { lazily } from "../lazily";
import { Bone } from "../states";
import type { PickerProps } from "./props";

const place = ({ width = "100%" }: PickerProps) => <Bone width={width} height={28} />;

// Calendars and trees are a third of the script of a page that has them; it can be read before they are there.
export const DayPicker = lazily(() => import("./DayPicker"), place);
export const PersonPicker = lazily(() => import("./PersonPicker"), place);
export const UnitPicker = lazily(() => import("./UnitPicker"), place);
export const PostPicker = lazily(() => import("./PostPicker"), place);
