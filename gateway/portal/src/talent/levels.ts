/** The scale of skills: 0 was seen not to be there, 5 is who others learn from. */
export const levels = [0, 1, 2, 3, 4, 5] as const;
export type LevelNumber = (typeof levels)[number];
