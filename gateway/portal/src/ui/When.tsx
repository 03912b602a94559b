import { fullDay, fullMoment, sayAgo, sayDay, sayMoment } from "./days";

interface DayProps {
  on: string | undefined;
  /** Also days near today stay as they are written. */
  exact?: boolean;
}

/** A day, in words when it is near, in full on hover. */
export function Day({ on, exact = false }: DayProps) {
  if (!on) return <span className="quiet">—</span>;
  return (
    <time dateTime={on} title={fullDay(on)} className="number">
      {exact ? on : sayDay(on)}
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
