import { Link } from "react-router";
import { useTranslation } from "react-i18next";
import { useNameCard } from "@/api/cards";
import { initials, named } from "./naming";
import styles from "./Person.module.css";

export function Avatar({ name, large = false }: { name: string; large?: boolean }) {
  return (
    <span className={`${styles.avatar ?? ""} ${large ? (styles.large ?? "") : ""}`} aria-hidden>
      {initials(name)}
    </span>
  );
}

interface Known {
  employeeId?: string;
  name?: string;
  nameEn?: string;
  number?: string;
  unitName?: string;
  unitNameEn?: string;
  postTitle?: string;
  postTitleEn?: string;
}

interface PersonProps {
  person: Known;
  /** Leads to the person's page. */
  link?: boolean;
  plain?: boolean;
}

/** A person as they appear everywhere: initials, name, number small beside it, post and unit on hover. */
export function Person({ person, link = false, plain = false }: PersonProps) {
  const name = named(person.name, person.nameEn);
  const other = name === person.name ? person.nameEn : person.name;
  const place = [named(person.postTitle, person.postTitleEn), named(person.unitName, person.unitNameEn)];
  const hint = [other, ...place].filter(Boolean).join(" · ");
  const inside = (
    <>
      {plain ? null : <Avatar name={name} />}
      <span title={hint || undefined}>
        <span className={styles.name}>{name}</span>
        {person.number ? <span className={styles.number}>{person.number}</span> : null}
      </span>
    </>
  );
  if (!link || !person.employeeId) return <span className={styles.person}>{inside}</span>;
  return (
    <Link className={styles.person} to={`/people/${person.employeeId}`}>
      {inside}
    </Link>
  );
}

interface PersonByIdProps {
  id: string | undefined;
  /** What to show when nobody is named, or nobody knows the name. */
  otherwise?: string;
  link?: boolean;
  plain?: boolean;
}

/** A person of whom only the id is at hand. */
export function PersonById({ id = "", otherwise, link = false, plain = true }: PersonByIdProps) {
  const { t } = useTranslation();
  const card = useNameCard(id);
  if (id === "") return <span className="quiet">{otherwise ?? t("ui.nobody")}</span>;
  if (card === undefined) return <span className="quiet">…</span>;
  if (card === null) return <span className="quiet">{otherwise ?? t("ui.unknownPerson")}</span>;
  return <Person person={card} link={link} plain={plain} />;
}
