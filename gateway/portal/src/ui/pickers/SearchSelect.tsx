import { Select } from "antd";
import { useTranslation } from "react-i18next";
import type { PickerProps } from "./props";

export interface Choice {
  value: string;
  label: string;
  /** What tells it from others of the same name. */
  hint: string;
  /** What the hint means, for whoever points at it. */
  help?: string;
  disabled?: boolean;
}

interface SearchSelectProps extends PickerProps {
  options: Choice[];
  text: string;
  onText: (text: string) => void;
  onOpenChange: (open: boolean) => void;
  loading: boolean;
  /** What is chosen here, and what to say when nothing is found. */
  about: string;
  nothing: string;
}

/** A field that finds by typing; whoever uses it asks the service for what was typed. */
export function SearchSelect(props: SearchSelectProps) {
  const { id, value, onChange, label, placeholder, disabled, testid, width = "100%", about, loading } = props;
  const { t } = useTranslation();
  return (
    <Select
      {...(id === undefined ? {} : { id })}
      aria-label={label ?? about}
      value={value ?? null}
      onChange={(next: string | null) => {
        props.onText("");
        onChange?.(next ?? undefined);
      }}
      showSearch={{ filterOption: false, searchValue: props.text, onSearch: props.onText }}
      onOpenChange={props.onOpenChange}
      options={props.options}
      optionRender={({ data }) => (
        <span className="row" style={{ justifyContent: "space-between" }}>
          <span>{data.label}</span>
          <span className="quiet number" title={data.help}>
            {data.hint}
          </span>
        </span>
      )}
      loading={loading}
      notFoundContent={loading ? t("ui.searching") : props.nothing}
      placeholder={placeholder ?? about}
      popupMatchSelectWidth={false}
      allowClear
      disabled={disabled ?? false}
      style={{ width }}
      data-testid={testid}
    />
  );
}
