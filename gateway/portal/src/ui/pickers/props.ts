import type { Post } from "@/api/contract";

export interface PickerProps {
  /** Set by the form around it. */
  id?: string;
  value?: string | undefined;
  onChange?: (value: string | undefined) => void;
  label?: string;
  placeholder?: string;
  disabled?: boolean;
  testid?: string;
  width?: number | string;
}

export interface DayPickerProps extends PickerProps {
  min?: string;
  max?: string;
  clearable?: boolean;
}

export interface PersonPickerProps extends PickerProps {
  /** Somebody who cannot be chosen, such as the person the form is about. */
  except?: string;
}

export interface UnitPickerProps extends PickerProps {
  asOf?: string;
}

export interface PostPickerProps extends PickerProps {
  /** Only posts of this unit; of the whole company while it is not chosen. */
  unitId: string | undefined;
  /** Only the unit's own posts, not those of units below it. */
  own?: boolean;
  /** First day of whoever is placed: who fills the post today may have left by a later one. */
  from?: string | undefined;
  /** Told the post that was chosen, for a form that takes its unit too. */
  onPost?: (post: Post) => void;
}
