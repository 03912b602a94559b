/**
 * The shape another language's texts must have: the same keys, nothing more, and for every counted text (`…_other`) the
 * singular (`…_one`) that Chinese does not have.
 */
export type Same<Texts> = {
  [Key in keyof Texts]: Texts[Key] extends string ? string : Same<Texts[Key]>;
} & {
  [Key in keyof Texts as Key extends `${infer Counted}_other` ? `${Counted}_one` : never]: string;
};
