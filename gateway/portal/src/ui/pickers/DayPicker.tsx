import { DatePicker } from "antd";
import dayjs from "dayjs";
import { isDay, outside } from "../days";
import type { DayPickerProps } from "./props";

export default function DayPicker({
  id,
  value,
  onChange,
  label,
  placeholder,
  disabled,
  min,
  max,
  clearable = true,
  testid,
  width = "100%",
}: DayPickerProps) {
  return (
    <DatePicker
      {...(id === undefined ? {} : { id })}
      aria-label={label}
      value={value ? dayjs(value) : null}
      onBlur={(event) => {
        // A typed day that is not allowed is kept, so that the form says why instead of calling it missing.
        const typed = event.target instanceof HTMLInputElement ? event.target.value.trim() : "";
        if (isDay(typed) && typed !== value && outside(typed, min, max)) onChange?.(typed);
      }}
      onChange={(day) => onChange?.(day ? day.format("YYYY-MM-DD") : undefined)}
      format="YYYY-MM-DD"
      placeholder={placeholder ?? "YYYY-MM-DD"}
      allowClear={clearable}
      disabled={disabled ?? false}
      style={{ width }}
      {...(min ? { minDate: dayjs(min) } : {})}
      {...(max ? { maxDate: dayjs(max) } : {})}
      data-testid={testid}
    />
  );
}
