import { Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Import, ImportColumn, ImportMapping } from "@/api/contract";
import { Status } from "@/ui/chips";
import { DataTable } from "@/ui/DataTable";
import { sayPercent } from "@/ui/numbers";
import { targetsOf } from "./mapping";

/** From here on a suggestion is taken as sure; below it a person should look. */
const SURE = 90;

interface MappingTableProps {
  one: Import;
  mapping: ImportMapping;
  onAssign: (column: number, field: string) => void;
}

export function MappingTable({ one, mapping, onAssign }: MappingTableProps) {
  const { t } = useTranslation();
  const targets = targetsOf(mapping);
  const suggested = targetsOf(one.mapping);
  const known = new Map((one.targets ?? []).map((target) => [target.field ?? "", target]));
  const options = [
    { value: "", label: t("imports.skipColumn") },
    ...(one.targets ?? []).map(({ field = "", label = "", required }) => ({
      value: field,
      label: required ? `${label} *` : label,
    })),
  ];
  const sure = ({ index = 0, confidence = 0 }: ImportColumn) => {
    const field = targets[index] ?? "";
    if (field !== (suggested[index] ?? "")) return <Status tone="action">{t("imports.corrected")}</Status>;
    if (!field) return <Status tone="hollow">{t("imports.notRead")}</Status>;
    return (
      <Status tone={confidence >= SURE ? "done" : "attention"}>
        {t("imports.confidence", { sure: sayPercent(confidence / 100) })}
      </Status>
    );
  };
  return (
    <DataTable<ImportColumn>
      label={t("imports.mappingTitle")}
      testid="mapping-table"
      rows={one.columns ?? []}
      keyOf={({ index = 0 }) => String(index)}
      columns={[
        {
          key: "heading",
          title: t("imports.column"),
          cell: ({ heading, index = 0 }) => (
            <strong>{heading || t("imports.columnNumber", { number: index + 1 })}</strong>
          ),
        },
        {
          key: "samples",
          title: t("imports.samples"),
          from: "tablet",
          cell: ({ samples = [] }) => <span className="quiet">{samples.join(" · ")}</span>,
        },
        {
          key: "target",
          title: t("imports.target"),
          cell: ({ heading, index = 0 }) => (
            <>
              <Select
                aria-label={t("imports.targetOf", { column: heading ?? "" })}
                style={{ width: "100%", minWidth: 140, maxWidth: 240 }}
                value={targets[index] ?? ""}
                options={options}
                showSearch={{ optionFilterProp: "label" }}
                onChange={(field: string) => onAssign(index, field)}
                data-testid={`target-${index}`}
              />
              {known.get(targets[index] ?? "")?.help ? (
                <div className="quiet" style={{ fontSize: 12 }}>
                  {known.get(targets[index] ?? "")?.help}
                </div>
              ) : null}
            </>
          ),
        },
        { key: "sure", title: t("imports.howSure"), from: "tablet", cell: sure },
      ]}
    />
  );
}
