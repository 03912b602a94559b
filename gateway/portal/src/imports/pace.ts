/** How fast a step goes and how long it will take, from what it did so far. */
export interface Pace {
  share: number;
  perSecond: number;
  /** Seconds; undefined while there is nothing to judge by. */
  left: number | undefined;
}

export function paceOf(done: number, all: number, startedAt: number, now: number): Pace {
  const seconds = Math.max((now - startedAt) / 1000, 0.001);
  const perSecond = done / seconds;
  return {
    share: all > 0 ? Math.min(done / all, 1) : 0,
    perSecond,
    left: done > 0 && all >= done ? (all - done) / perSecond : undefined,
  };
}
