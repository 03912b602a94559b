import { Modal } from "antd";
import { useDeferredValue, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useMyId, useRights } from "@/api/me";
import { listEmployees, listUnits } from "@/api/methods";
import { useRead } from "@/api/queries";
import { named } from "@/ui/naming";
import { Person } from "@/ui/Person";
import styles from "./Palette.module.css";
import { placesFor } from "./places";

interface Choice {
  key: string;
  group: string;
  to: string;
  shown: ReactNode;
  hint?: string;
}

function useChoices(text: string): { choices: Choice[]; searching: boolean } {
  const { t } = useTranslation();
  const rights = useRights();
  const myId = useMyId();
  const query = useDeferredValue(text.trim());
  const seesPeople = rights.overOthers("employees.person.read");
  const people = useRead(listEmployees, query && seesPeople ? { query, pageSize: 8 } : null, { keep: true });
  const units = useRead(listUnits, query ? {} : null, { staleTime: 60_000 });
  const matches = (words: string) => words.toLowerCase().includes(query.toLowerCase());

  const places = placesFor(myId)
    .filter((place) => place.open(rights, myId) && matches(`${t(`places.${place.key}`)} ${place.key}`))
    .map(({ key, to, group }) => ({
      key,
      group: t(group === "none" ? "app.paletteActions" : "app.palettePages"),
      to,
      shown: t(`places.${key}`),
    }));
  const found = (query ? (people.data?.employees ?? []) : []).map((person) => ({
    key: person.employeeId ?? "",
    group: t("app.palettePeople"),
    to: `/people/${person.employeeId ?? ""}`,
    shown: <Person person={person} />,
    hint: [named(person.postTitle, person.postTitleEn), named(person.unitName, person.unitNameEn)]
      .filter(Boolean)
      .join(" · "),
  }));
  const inUnits = (query ? (units.data?.units ?? []) : [])
    .filter((unit) => matches(`${unit.name ?? ""} ${unit.nameEn ?? ""} ${unit.code ?? ""}`))
    .slice(0, 5)
    .map((unit) => ({
      key: unit.unitId ?? "",
      group: t("app.paletteUnits"),
      to: `/organization?unit=${unit.unitId ?? ""}`,
      shown: named(unit.name, unit.nameEn),
      hint: unit.code ?? "",
    }));
  const order = [
    ...found,
    ...places.filter(({ group }) => group === t("app.paletteActions")),
    ...places.filter(({ group }) => group !== t("app.paletteActions")),
    ...inUnits,
  ];
  return { choices: order, searching: people.isFetching };
}

/** Finds people, pages and actions; the keyboard alone is enough. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const { choices, searching } = useChoices(text);
  const active = Math.min(at, choices.length - 1);

  useEffect(() => {
    document.getElementById(`palette-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [active]);

  const go = (choice: Choice | undefined) => {
    if (!choice) return;
    onClose();
    void navigate(choice.to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      setAt((active + step + choices.length) % Math.max(choices.length, 1));
      event.preventDefault();
    } else if (event.key === "Enter") go(choices[active]);
  };
  return (
    <Modal
      open
      onCancel={onClose}
      footer={null}
      closable={false}
      width={560}
      style={{ top: 80 }}
      afterOpenChange={(open) => open && input.current?.focus()}
      title={<span className="unseen">{t("app.search")}</span>}
      wrapProps={{ "data-testid": "palette" }}
    >
      <input
        ref={input}
        className={styles.input}
        role="combobox"
        aria-expanded
        aria-controls="palette-list"
        aria-activedescendant={choices.length > 0 ? `palette-${active}` : undefined}
        aria-label={t("app.search")}
        placeholder={t("app.searchHint")}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        data-testid="palette-input"
      />
      <div id="palette-list" role="listbox" aria-label={t("app.searchResults")} className={styles.list}>
        {choices.map((choice, index) => (
          <div key={choice.key}>
            {choice.group === choices[index - 1]?.group ? null : (
              <div className={styles.group} aria-hidden>
                {choice.group}
              </div>
            )}
            {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the input above has the keys */}
            <div
              id={`palette-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              className={styles.option}
              onClick={() => go(choice)}
              onMouseMove={() => setAt(index)}
            >
              {choice.shown}
              {choice.hint ? <span className="quiet">{choice.hint}</span> : null}
            </div>
          </div>
        ))}
      </div>
      {choices.length === 0 ? <p className="quiet">{searching ? t("ui.searching") : t("app.nothingFound")}</p> : null}
    </Modal>
  );
}
