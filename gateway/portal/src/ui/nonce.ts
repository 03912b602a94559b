/** The nonce of this very answer of the front door; the content policy lets only styles that carry it in. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

/**
 * Gives the nonce to every style element that the components make. Most pass it on themselves, but the scroll lock of
 * dialogs and the scroll-bar measurement do not, and the policy would refuse theirs.
 */
export function stampStyles(): void {
  /* eslint-disable @typescript-eslint/no-deprecated -- the overload by plain name is the one that libraries call */
  const make = document.createElement.bind(document);
  document.createElement = (name: string, options?: ElementCreationOptions) => {
    const element = make(name, options);
    if (name.toLowerCase() === "style") element.nonce = nonce;
    return element;
  };
  /* eslint-enable @typescript-eslint/no-deprecated */
}
