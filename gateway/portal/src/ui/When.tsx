import { useTranslation } from "react-i18next";
import { fullDay, fullMoment, sayAgo, sayDay, sayMoment } from "./days";

interface DayProps {
  on: string | undefined;
  /** Also days near today stay as they are written. */
  exact?: boolean;
  /** Days near today in words and with their date: for what somebody has to plan by. */
  dated?: boolean;
}

/** A day, in words when it is near, in full on hover. */
export function Day({ on, exact = false, dated = false }: DayProps) {
  const { t } = useTranslation();
  if (!on) return <span className="quiet">—</span>;
  const near = sayDay(on);
  return (
    <time dateTime={on} title={fullDay(on)} className="number">
      {exact ? on : near !== on && dated ? t("ui.dayAndDate", { near, day: on }) : near}
    </time>
  );
}

interface MomentProps {
  at: string | undefined;
  ago?: boolean;
}

export function Moment({ at, ago = false }: MomentProps) {
  if (!at) return <span className="quiet">—</span>;
  return (
    <time dateTime={at} title={fullMoment(at)} className="number">
      {ago ? sayAgo(at) : sayMoment(at)}
    </time>
  );
}
