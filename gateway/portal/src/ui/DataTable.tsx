import { Button } from "antd";
import { useRef, type KeyboardEvent, type MouseEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import styles from "./DataTable.module.css";
import { sayNumber } from "./numbers";

export interface Column<Row> {
  key: string;
  /** Empty for a column of buttons. */
  title: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand on the right. */
  number?: boolean;
  /** On which screens it stays: every one, from tablets up, on desks only. */
  from?: "phone" | "tablet" | "desk";
  width?: number | string;
}

export interface Selection {
  keys: ReadonlySet<string>;
  onChange: (keys: Set<string>) => void;
}

interface DataTableProps<Row> {
  /** What the rows are; read out by screen readers. */
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  keyOf: (row: Row) => string;
  nameOf?: (row: Row) => string;
  onOpen?: (row: Row) => void;
  selection?: Selection;
  more?: { has: boolean; loading: boolean; load: () => void; total?: number };
  testid?: string;
}

function screenClass(from: Column<unknown>["from"]): string {
  return from === "desk" ? (styles.wide ?? "") : from === "tablet" ? (styles.medium ?? "") : "";
}

/**
 * A plain table with a sticky head. Arrow keys, Home and End move over its rows, Enter opens one, the space bar selects
 * it; what can be clicked inside a row keeps its own keys.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, rows, columns, keyOf, nameOf = keyOf, onOpen, selection, more, testid } = props;
  const { t } = useTranslation();
  const body = useRef<HTMLTableSectionElement>(null);
  const byKey = (key: string | null) => rows.find((row) => keyOf(row) === key);

  const toggle = (key: string) => {
    if (!selection) return;
    const keys = new Set(selection.keys);
    if (!keys.delete(key)) keys.add(key);
    selection.onChange(keys);
  };
  const open = (key: string | null) => {
    const row = byKey(key);
    if (row !== undefined) onOpen?.(row);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const line = event.target instanceof HTMLTableRowElement ? event.target : null;
    const lines = [...(body.current?.rows ?? [])];
    const at = line ? lines.indexOf(line) : -1;
    if (!line || at < 0) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: lines.length - 1 }[event.key];
    if (to !== undefined) {
      lines[to]?.focus();
      event.preventDefault();
    } else if (event.key === "Enter" && onOpen) {
      open(line.getAttribute("data-key"));
    } else if (event.key === " " && selection) {
      toggle(line.getAttribute("data-key") ?? "");
      event.preventDefault();
    }
  };
  const onClick = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    if (!onOpen || target.closest("a, button, input, label, [role=button]") || window.getSelection()?.toString())
      return;
    const line = target.closest("tr[data-key]");
    if (line) open(line.getAttribute("data-key"));
  };

  const all = selection !== undefined && rows.length > 0 && rows.every((row) => selection.keys.has(keyOf(row)));
  return (
    <div className={styles.frame}>
      {}
      <table
        role="grid"
        tabIndex={-1}
        className={`${styles.table ?? ""} ${onOpen ? (styles.opens ?? "") : ""}`}
        aria-label={label}
        aria-rowcount={more?.total ?? (more?.has ? -1 : rows.length + 1)}
        aria-multiselectable={selection ? true : undefined}
        onKeyDown={onKeyDown}
        onClick={onClick}
        data-testid={testid}
      >
        <thead>
          <tr>
            {selection ? (
              <th className={styles.check} scope="col">
                <input
                  type="checkbox"
                  aria-label={t("ui.selectAll")}
                  checked={all}
                  onChange={() => selection.onChange(all ? new Set() : new Set(rows.map(keyOf)))}
                />
              </th>
            ) : null}
            {columns.map(({ key, title, number, from, width }) => (
              <th
                key={key}
                scope="col"
                className={`${screenClass(from)} ${number ? (styles.right ?? "") : ""}`}
                style={width === undefined ? undefined : { width }}
              >
                {title || <span className="unseen">{t("ui.actions")}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((row, index) => {
            const key = keyOf(row);
            const chosen = selection?.keys.has(key);
            return (
              <tr key={key} data-key={key} tabIndex={index === 0 ? 0 : -1} aria-selected={chosen}>
                {selection ? (
                  <td className={styles.check}>
                    <input
                      type="checkbox"
                      tabIndex={-1}
                      aria-label={t("ui.selectRow", { name: nameOf(row) })}
                      checked={chosen ?? false}
                      onChange={() => toggle(key)}
                    />
                  </td>
                ) : null}
                {columns.map(({ key: column, cell, number, from }) => (
                  <td key={column} className={`${screenClass(from)} ${number ? (styles.right ?? "") : ""}`}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      {more && (more.has || more.total !== undefined) ? (
        <div className={styles.more}>
          <span className="quiet number" aria-live="polite">
            {more.total === undefined
              ? t("ui.rowsShown", { shown: sayNumber(rows.length) })
              : t("ui.rowsOf", { shown: sayNumber(rows.length), total: sayNumber(more.total) })}
          </span>
          {more.has ? (
            <Button size="small" loading={more.loading} onClick={more.load} data-testid="load-more">
              {t("ui.more")}
            </Button>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}
