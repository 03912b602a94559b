import { Button, Checkbox, Popover, Select } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AddressState } from "@/ui/address";
import { Chip } from "@/ui/chips";
import { PersonPicker, PostPicker, UnitPicker } from "@/ui/pickers";
import { SearchInput } from "@/ui/SearchInput";
import { usePeopleColumns } from "./columns";
import { shortStatus } from "./filters";
import { SavedViews } from "./SavedViews";
import { statuses } from "./statuses";

/** Typing settles before the address changes and the list is asked for. */
const SETTLE_MS = 250;

interface PeopleFiltersProps {
  address: AddressState;
  columns: readonly string[];
  onColumns: (columns: string[]) => void;
}

export function PeopleFilters({ address, columns, onColumns }: PeopleFiltersProps) {
  const { t } = useTranslation();
  const chosen = address.all("status");
  const toggle = (status: string) =>
    address.set({ status: chosen.includes(status) ? chosen.filter((one) => one !== status) : [...chosen, status] });
  const [more, setMore] = useState(() => Boolean(address.get("post") || address.get("manager")));
  return (
    <section aria-label={t("ui.filters")} className="stack no-print" style={{ gap: 8 }}>
      <div className="row">
        <SearchBox address={address} />
        <UnitPicker
          width={200}
          label={t("people.unit")}
          placeholder={t("people.anyUnit")}
          value={address.get("unit") || undefined}
          onChange={(unit) => address.set({ unit: unit ?? "", post: "" })}
          testid="filter-unit"
        />
        {more ? (
          <>
            <PostPicker
              width={200}
              label={t("people.post")}
              unitId={address.get("unit") || undefined}
              value={address.get("post") || undefined}
              onChange={(post) => address.set({ post: post ?? "" })}
            />
            <PersonPicker
              width={200}
              label={t("people.manager")}
              placeholder={t("people.anyManager")}
              value={address.get("manager") || undefined}
              onChange={(manager) => address.set({ manager: manager ?? "" })}
            />
          </>
        ) : (
          <Button type="link" style={{ paddingInline: 0 }} onClick={() => setMore(true)}>
            {t("people.moreFilters")}
          </Button>
        )}
        <span style={{ flex: 1 }} />
        <Select
          aria-label={t("people.order")}
          value={address.get("order") || "number"}
          onChange={(order) => address.set({ order: order === "number" ? "" : order })}
          options={[
            { value: "number", label: t("people.orderNumber") },
            { value: "hired", label: t("people.orderHired") },
          ]}
          style={{ minWidth: 140 }}
        />
        <ColumnChoice columns={columns} onColumns={onColumns} />
        <SavedViews address={address} />
      </div>
      <div className="row">
        {statuses.map((status) => (
          <Chip
            key={status}
            on={chosen.includes(shortStatus(status))}
            onToggle={() => toggle(shortStatus(status))}
            testid={`status-${shortStatus(status)}`}
          >
            {t(`people.status.${status}`)}
          </Chip>
        ))}
        {chosen.length === 0 ? <span className="quiet">{t("people.statusDefault")}</span> : null}
      </div>
    </section>
  );
}

function SearchBox({ address }: { address: AddressState }) {
  const { t } = useTranslation();
  const asked = address.get("q");
  const [text, setText] = useState(asked);
  const [former, setFormer] = useState(asked);
  if (asked !== former) {
    // The address changed from outside: a saved view, or the way back.
    setFormer(asked);
    setText(asked);
  }
  useEffect(() => {
    if (text === asked) return;
    const timer = window.setTimeout(() => address.set({ q: text }), SETTLE_MS);
    return () => window.clearTimeout(timer);
  }, [text, asked, address]);
  return <SearchInput label={t("people.search")} value={text} onChange={setText} width={280} testid="people-search" />;
}

function ColumnChoice({ columns, onColumns }: Omit<PeopleFiltersProps, "address">) {
  const { t } = useTranslation();
  const options = usePeopleColumns().filter(({ key }) => key !== "person");
  const list = (
    <Checkbox.Group
      value={[...columns]}
      onChange={onColumns}
      options={options.map(({ key, title }) => ({ value: key, label: title }))}
      style={{ display: "grid", gap: 6 }}
    />
  );
  return (
    <Popover trigger="click" placement="bottomRight" content={list}>
      <Button>{t("ui.columns")}</Button>
    </Popover>
  );
}
