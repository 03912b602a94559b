import { Select } from "antd";
import { useDeferredValue, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useNameCard } from "@/api/cards";
import type { EmployeeSummary } from "@/api/contract";
import { useMyId } from "@/api/me";
import { listEmployees } from "@/api/methods";
import { useRead } from "@/api/queries";
import { named } from "../naming";
import { Person } from "../Person";
import type { PersonPickerProps } from "./props";

interface Found {
  value: string;
  label: ReactNode;
  hint: string;
  disabled: boolean;
}

export default function PersonPicker({
  id,
  value,
  onChange,
  label,
  placeholder,
  disabled,
  except,
  testid,
  width = "100%",
}: PersonPickerProps) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const query = useDeferredValue(text.trim());
  const found = useRead(listEmployees, open ? { query, pageSize: 20 } : null, { keep: true });
  const chosen = useNameCard(value ?? "");
  const myId = useMyId();
  // Whoever cannot be chosen is shown with the reason: people look for somebody they know is there.
  const why = except === myId ? t("ui.notOneself") : t("ui.notThisPerson");
  const options: Found[] = (found.data?.employees ?? []).map((person: EmployeeSummary) => ({
    value: person.employeeId ?? "",
    label: <Person person={person} plain />,
    hint: person.employeeId === except ? why : named(person.unitName, person.unitNameEn),
    disabled: person.employeeId === except,
  }));
  if (value && chosen && !options.some((option) => option.value === value))
    options.unshift({
      value,
      label: <Person person={chosen} plain />,
      hint: named(chosen.unitName, chosen.unitNameEn),
      disabled: false,
    });
  return (
    <Select
      {...(id === undefined ? {} : { id })}
      aria-label={label}
      value={value ?? null}
      onChange={(next: string | null) => onChange?.(next ?? undefined)}
      showSearch={{ filterOption: false, searchValue: text, onSearch: setText }}
      onOpenChange={setOpen}
      options={options}
      optionRender={({ data }) => (
        <span className="row" style={{ justifyContent: "space-between" }}>
          <span>{data.label}</span>
          <span className="quiet">{data.hint}</span>
        </span>
      )}
      loading={found.isFetching}
      notFoundContent={found.isFetching ? t("ui.searching") : t("ui.nobodyFound")}
      placeholder={placeholder ?? t("ui.findPerson")}
      allowClear
      disabled={disabled ?? false}
      style={{ width }}
      data-testid={testid}
    />
  );
}
