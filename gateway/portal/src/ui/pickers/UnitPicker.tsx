import { TreeSelect } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Unit } from "@/api/contract";
import { listUnits } from "@/api/methods";
import { useRead } from "@/api/queries";
import { named } from "../naming";
import type { UnitPickerProps } from "./props";

interface Branch {
  value: string;
  title: string;
  children: Branch[];
}

function branchesOf(units: readonly Unit[]): Branch[] {
  const branches = new Map<string, Branch>();
  const roots: Branch[] = [];
  for (const unit of units) {
    const branch: Branch = { value: unit.unitId ?? "", title: named(unit.name, unit.nameEn), children: [] };
    branches.set(branch.value, branch);
    (branches.get(unit.parentId ?? "")?.children ?? roots).push(branch);
  }
  return roots;
}

export default function UnitPicker({
  id,
  value,
  onChange,
  label,
  placeholder,
  disabled,
  asOf,
  testid,
  width = "100%",
}: UnitPickerProps) {
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
