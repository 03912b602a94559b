import { useRef, type KeyboardEvent, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { named } from "@/ui/naming";
import { sayNumber } from "@/ui/numbers";
import { PersonById } from "@/ui/Person";
import { visible, type Branch } from "./tree";
import styles from "./UnitTree.module.css";

interface UnitTreeProps {
  branches: readonly Branch[];
  open: ReadonlySet<string>;
  hits?: ReadonlySet<string> | undefined;
  selected: string;
  onToggle: (unitId: string) => void;
  onSelect: (unitId: string) => void;
}

/** The organisation as a tree one can read like a table. Arrows move, open and close; Enter shows a unit. */
export function UnitTree({ branches, open, hits, selected, onToggle, onSelect }: UnitTreeProps) {
  const { t } = useTranslation();
  const body = useRef<HTMLTableSectionElement>(null);
  const shown = visible(branches, open);
  const byId = (id: string | null) => shown.find(({ unit }) => unit.unitId === id);

  const onKeyDown = (event: KeyboardEvent) => {
    const line = event.target instanceof HTMLTableRowElement ? event.target : null;
    const lines = [...(body.current?.rows ?? [])];
    const at = line ? lines.indexOf(line) : -1;
    const branch = byId(line?.getAttribute("data-unit") ?? null);
    if (!line || !branch || at < 0) return;
    const id = branch.unit.unitId ?? "";
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: lines.length - 1 }[event.key];
    if (to !== undefined) lines[to]?.focus();
    else if (event.key === "ArrowRight" && branch.children.length > 0 && !open.has(id)) onToggle(id);
    else if (event.key === "ArrowLeft" && open.has(id)) onToggle(id);
    else if (event.key === "ArrowLeft") lines.find((other) => other.dataset.unit === branch.unit.parentId)?.focus();
    else if (event.key === "Enter" || event.key === " ") onSelect(id);
    else return;
    event.preventDefault();
  };
  const onClick = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const id = target.closest("tr[data-unit]")?.getAttribute("data-unit");
    if (!id || target.closest("a")) return;
    if (target.closest("button")) onToggle(id);
    else onSelect(id);
  };
  const focusable = byId(selected) ? selected : (shown[0]?.unit.unitId ?? "");
  return (
    <table
      role="treegrid"
      tabIndex={-1}
      className={styles.tree}
      aria-label={t("organization.title")}
      onKeyDown={onKeyDown}
      onClick={onClick}
      data-testid="unit-tree"
    >
      <thead>
        <tr>
          <th scope="col">{t("organization.unit")}</th>
          <th scope="col" className={styles.wide}>
            {t("organization.head")}
          </th>
          <th scope="col" className={styles.number}>
            {t("organization.peopleHere")}
          </th>
          <th scope="col" className={styles.number}>
            {t("organization.peopleBelow")}
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        {shown.map(({ unit, depth, children }) => {
          const id = unit.unitId ?? "";
          const name = named(unit.name, unit.nameEn);
          return (
            <tr
              key={id}
              data-unit={id}
              tabIndex={id === focusable ? 0 : -1}
              aria-level={depth + 1}
              aria-expanded={children.length > 0 ? open.has(id) : undefined}
              aria-selected={id === selected}
            >
              <td>
                <span className={styles.name} style={{ paddingInlineStart: depth * 18 }}>
                  {children.length > 0 ? (
                    <button
                      type="button"
                      tabIndex={-1}
                      className={styles.toggle}
                      aria-label={open.has(id) ? t("organization.fold", { name }) : t("organization.unfold", { name })}
                    >
                      {open.has(id) ? "▾" : "▸"}
                    </button>
                  ) : (
                    <span className={styles.toggle} />
                  )}
                  <span
                    className={unit.closedOn ? styles.closed : undefined}
                    style={hits?.has(id) ? { fontWeight: 600 } : undefined}
                  >
                    {name}
                  </span>
                  <span className="quiet" style={{ fontSize: 12 }}>
                    {unit.code}
                  </span>
                </span>
              </td>
              <td className={styles.wide}>
                <PersonById id={unit.headId} otherwise={unit.headId ? "…" : t("organization.vacant")} />
              </td>
              <td className={styles.number}>{sayNumber(unit.people ?? 0)}</td>
              <td className={styles.number}>{sayNumber(unit.peopleBelow ?? 0)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
