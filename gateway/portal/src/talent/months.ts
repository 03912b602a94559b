/**
 * Pure: months as the contract has them, in tenths, which the service has rounded upwards already: nobody shall be promised
 * less time than it takes. Every page shows them as the service's own sentences do, with one decimal where there is one.
 * 0: nobody can say.
 */
export function monthsOf(tenths: number | undefined): number {
  return (tenths ?? 0) / 10;
}
