import { DatePicker } from "antd";
import dayjs from "dayjs";
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
