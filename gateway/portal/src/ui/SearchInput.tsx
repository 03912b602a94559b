import { SearchOutlined } from "@ant-design/icons";
import { Input } from "antd";

interface SearchInputProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
  width?: number;
  testid?: string;
}

/** Narrows what is shown as one types. */
export function SearchInput({ label, value, onChange, width = 240, testid }: SearchInputProps) {
  return (
    <Input
      type="search"
      aria-label={label}
      placeholder={label}
      prefix={<SearchOutlined aria-hidden />}
      allowClear
      value={value}
      onChange={(event) => onChange(event.target.value)}
      style={{ width, maxWidth: "100%" }}
      data-testid={testid}
    />
  );
}
