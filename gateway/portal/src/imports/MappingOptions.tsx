import { Checkbox, Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { DateOrder, ImportKind, ImportMapping } from "@/api/contract";
import { UnitPicker } from "@/ui/pickers";
import styles from "@/people/HireFields.module.css";

const orders = [
  "DATE_ORDER_UNSPECIFIED",
  "DATE_ORDER_YMD",
  "DATE_ORDER_DMY",
  "DATE_ORDER_MDY",
] as const satisfies readonly DateOrder[];
const periods = ["month", "year", "hour"] as const;

interface MappingOptionsProps {
  kind: ImportKind | undefined;
  mapping: ImportMapping;
  onChange: (mapping: ImportMapping) => void;
}

/** How values are read, and what is done with units and posts that do not exist yet. */
export function MappingOptions({ kind, mapping, onChange }: MappingOptionsProps) {
  const { t } = useTranslation();
  const set = (part: ImportMapping) => onChange({ ...mapping, ...part });
  const people = kind !== "IMPORT_KIND_UNITS" && kind !== "IMPORT_KIND_POSTS";
  const places = kind !== "IMPORT_KIND_PAY";
  return (
    <section className="panel">
      <h2>{t("imports.options")}</h2>
      <Form layout="vertical" component="div">
        <div className={styles.fields}>
          {people ? (
            <Form.Item label={t("imports.numberPrefix")} extra={t("imports.numberPrefixHelp")} htmlFor="number-prefix">
              <Input
                id="number-prefix"
                value={mapping.numberPrefix ?? ""}
                maxLength={16}
                onChange={(event) => set({ numberPrefix: event.target.value })}
                data-testid="number-prefix"
              />
            </Form.Item>
          ) : null}
          {places ? (
            <>
              <Form.Item label={t("imports.codePrefix")} extra={t("imports.codePrefixHelp")} htmlFor="code-prefix">
                <Input
                  id="code-prefix"
                  value={mapping.codePrefix ?? ""}
                  maxLength={16}
                  onChange={(event) => set({ codePrefix: event.target.value })}
                  data-testid="code-prefix"
                />
              </Form.Item>
              <Form.Item label={t("imports.rootUnit")} extra={t("imports.rootUnitHelp")} htmlFor="root-unit">
                <UnitPicker id="root-unit" value={mapping.rootUnitId} onChange={(rootUnitId) => set({ rootUnitId })} />
              </Form.Item>
            </>
          ) : null}
          <Form.Item label={t("imports.dateOrder")} htmlFor="date-order">
            <Select
              id="date-order"
              value={mapping.dateOrder ?? "DATE_ORDER_UNSPECIFIED"}
              onChange={(dateOrder: DateOrder) => set({ dateOrder })}
              options={orders.map((order) => ({ value: order, label: t(`imports.order.${order}`) }))}
            />
          </Form.Item>
          {kind === "IMPORT_KIND_PAY" ? (
            <>
              <Form.Item label={t("imports.currency")} htmlFor="currency">
                <Input
                  id="currency"
                  value={mapping.currency ?? "CNY"}
                  maxLength={3}
                  onChange={(event) => set({ currency: event.target.value.toUpperCase() })}
                />
              </Form.Item>
              <Form.Item label={t("imports.payPeriod")} htmlFor="pay-period">
                <Select
                  id="pay-period"
                  value={mapping.payPeriod || "month"}
                  onChange={(payPeriod: string) => set({ payPeriod })}
                  options={periods.map((period) => ({ value: period, label: t(`imports.periods.${period}`) }))}
                />
              </Form.Item>
            </>
          ) : null}
        </div>
        {places ? (
          <Checkbox
            checked={mapping.createMissing ?? false}
            onChange={(event) => set({ createMissing: event.target.checked })}
            data-testid="create-missing"
          >
            {t("imports.createMissing")} <span className="quiet">{t("imports.createMissingHelp")}</span>
          </Checkbox>
        ) : null}
      </Form>
    </section>
  );
}
