/** Choosing a day, a person, a unit, a post. Values are what the contract takes: "2026-03-31" and ids. */
import { DatePicker, Select, TreeSelect } from "antd";
import dayjs from "dayjs";
import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNameCard } from "@/api/cards";
import type { EmployeeSummary, Post, Unit } from "@/api/contract";
import { listEmployees, listPosts, listUnits } from "@/api/methods";
import { useRead } from "@/api/queries";
import { named } from "./naming";
import { Person } from "./Person";

interface PickerProps {
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

interface DayPickerProps extends PickerProps {
  min?: string;
  max?: string;
  clearable?: boolean;
}

export function DayPicker({ id, value, onChange, label, placeholder, disabled, min, max, clearable = true, testid, width = "100%" }: DayPickerProps) {
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

interface PersonPickerProps extends PickerProps {
  /** Somebody who cannot be chosen, such as the person the form is about. */
  except?: string;
}

export function PersonPicker({ id, value, onChange, label, placeholder, disabled, except, testid, width = "100%" }: PersonPickerProps) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const query = useDeferredValue(text.trim());
  const found = useRead(listEmployees, open ? { query, pageSize: 20 } : null, { keep: true });
  const chosen = useNameCard(value ?? "");
  const people: EmployeeSummary[] = (found.data?.employees ?? []).filter(({ employeeId }) => employeeId !== except);
  const options = people.map((person) => ({
    value: person.employeeId ?? "",
    label: <Person person={person} plain />,
    hint: named(person.unitName, person.unitNameEn),
  }));
  if (value && chosen && !options.some((option) => option.value === value))
    options.unshift({ value, label: <Person person={chosen} plain />, hint: named(chosen.unitName, chosen.unitNameEn) });
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
          {data.label}
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

interface Branch {
  value: string;
  title: string;
  children: Branch[];
}

export function branchesOf(units: readonly Unit[]): Branch[] {
  const branches = new Map<string, Branch>();
  const roots: Branch[] = [];
  for (const unit of units) {
    const branch: Branch = { value: unit.unitId ?? "", title: named(unit.name, unit.nameEn), children: [] };
    branches.set(branch.value, branch);
    (branches.get(unit.parentId ?? "")?.children ?? roots).push(branch);
  }
  return roots;
}

interface UnitPickerProps extends PickerProps {
  asOf?: string;
}

export function UnitPicker({ id, value, onChange, label, placeholder, disabled, asOf, testid, width = "100%" }: UnitPickerProps) {
  const { t } = useTranslation();
  const units = useRead(listUnits, asOf ? { asOf } : {}, { staleTime: 60_000 });
  const tree = useMemo(() => branchesOf(units.data?.units ?? []), [units.data]);
  return (
    <TreeSelect
      {...(id === undefined ? {} : { id })}
      aria-label={label}
      value={value ?? null}
      onChange={(next: string | null) => onChange?.(next ?? undefined)}
      treeData={tree}
      showSearch={{ treeNodeFilterProp: "title" }}
      treeDefaultExpandedKeys={tree.map((root) => root.value)}
      placeholder={placeholder ?? t("ui.chooseUnit")}
      loading={units.isFetching}
      allowClear
      disabled={disabled ?? false}
      style={{ width }}
      popupMatchSelectWidth={false}
      data-testid={testid}
    />
  );
}

interface PostPickerProps extends PickerProps {
  unitId: string | undefined;
  /** Only the unit's own posts, not those of units below it. */
  own?: boolean;
}

export function PostPicker({ id, value, onChange, label, placeholder, disabled, unitId, own = false, testid, width = "100%" }: PostPickerProps) {
  const { t } = useTranslation();
  const posts = useRead(listPosts, unitId ? { unitId, pageSize: 500 } : null);
  const places = (post: Post) => `${post.filled ?? 0}/${post.headcount ?? 0}`;
  const options = (posts.data?.posts ?? [])
    .filter((post) => !own || post.unitId === unitId)
    .map((post) => ({ value: post.postId ?? "", label: named(post.title, post.titleEn), places: places(post) }));
  return (
    <Select
      {...(id === undefined ? {} : { id })}
      aria-label={label}
      value={value ?? null}
      onChange={(next: string | null) => onChange?.(next ?? undefined)}
      showSearch={{ optionFilterProp: "label" }}
      options={options}
      optionRender={({ data }) => (
        <span className="row" style={{ justifyContent: "space-between" }}>
          {data.label}
          <span className="quiet number" title={t("ui.placesHelp")}>
            {data.places}
          </span>
        </span>
      )}
      loading={posts.isFetching}
      placeholder={unitId ? (placeholder ?? t("ui.choosePost")) : t("ui.unitFirst")}
      allowClear
      disabled={(disabled ?? false) || !unitId}
      style={{ width }}
      data-testid={testid}
    />
  );
}
