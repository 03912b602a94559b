/** Lets something begin only when it is not under way. */
export function singly(): { begin: () => boolean; end: () => void } {
  let under = false;
  return {
    begin: () => {
      if (under) return false;
      under = true;
      return true;
    },
    end: () => {
      under = false;
    },
  };
}
