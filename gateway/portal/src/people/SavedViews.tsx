import { DeleteOutlined } from "@ant-design/icons";
import { Button, Input, Popover, Space } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMyId } from "@/api/me";
import type { AddressState } from "@/ui/address";
import { useKept } from "@/ui/kept";

interface View {
  name: string;
  search: string;
}

/** Filters under a name, kept in this browser. What was typed into the search box is a person's name and is not kept. */
export function SavedViews({ address }: { address: AddressState }) {
  const { t } = useTranslation();
  const [views, keep] = useKept<View[]>(`people.views.${useMyId()}`, []);
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const save = () => {
    const trimmed = name.trim();
    if (!trimmed) return;
    const search = new URLSearchParams(address.text);
    search.delete("q");
    keep([...views.filter((view) => view.name !== trimmed), { name: trimmed, search: search.toString() }]);
    setName("");
  };
  const list = (
    <div className="stack" style={{ gap: 8, width: 260 }}>
      {views.map((view) => (
        <div key={view.name} className="row" style={{ justifyContent: "space-between", flexWrap: "nowrap" }}>
          <Link to={`/people?${view.search}`} onClick={() => setOpen(false)}>
            {view.name}
          </Link>
          <Button
            type="text"
            size="small"
            icon={<DeleteOutlined />}
            aria-label={t("ui.removeView", { name: view.name })}
            onClick={() => keep(views.filter((other) => other !== view))}
          />
        </div>
      ))}
      <Space.Compact>
        <Input
          aria-label={t("ui.viewName")}
          placeholder={t("ui.viewName")}
          value={name}
          maxLength={40}
          onChange={(event) => setName(event.target.value)}
          onPressEnter={save}
        />
        <Button onClick={save} disabled={!name.trim()}>
          {t("ui.saveView")}
        </Button>
      </Space.Compact>
    </div>
  );
  return (
    <Popover trigger="click" placement="bottomRight" content={list} open={open} onOpenChange={setOpen}>
      <Button data-testid="views">{views.length > 0 ? `${t("ui.views")} ${views.length}` : t("ui.views")}</Button>
    </Popover>
  );
}
