import { lazily } from "@/ui/lazily";
import type { PickerProps } from "@/ui/pickers/props";
import { Bone } from "@/ui/states";

export const JobPicker = lazily(
  () => import("./JobPicker"),
  ({ width = "100%" }: PickerProps) => <Bone width={width} height={28} />,
);
