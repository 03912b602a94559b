import type { ListPostsRequest, Post } from "@/api/contract";
import { named } from "../naming";
import type { Choice } from "./SearchSelect";

/** Few enough to look through; whoever does not see the post types more of its title or code. */
const SHOWN = 50;

/** Asks the service for what was typed: a unit may have more posts than a list shows. `own`: not those of units below. */
export function postsAsked(text: string, unitId: string | undefined, own: boolean): ListPostsRequest {
  return { query: text.trim(), pageSize: SHOWN, ...(unitId ? { unitId, ownOnly: own } : {}) };
}

interface Offer {
  /** Somebody is to be placed: posts with room come first. */
  placed: boolean;
  /** Placed on a later day: who fills the post today may have left by then. */
  later: boolean;
  /** Names of units by id, where posts of several are shown. */
  units: ReadonlyMap<string, string>;
  say: { full: string; places: string };
}

function isFull({ filled = 0, headcount = 0 }: Post): boolean {
  return filled >= headcount;
}

/** A post with what tells it from others of its title. */
export function postChoice(post: Post, { placed, later, units, say }: Offer): Choice {
  const places = `${post.filled ?? 0}/${post.headcount ?? 0}`;
  const room = isFull(post) ? `${places} ${say.full}` : places;
  return {
    value: post.postId ?? "",
    label: named(post.title, post.titleEn),
    hint: [units.get(post.unitId ?? ""), post.code, room].filter(Boolean).join(" · "),
    help: say.places,
    disabled: placed && !later && isFull(post),
  };
}

export function postChoices(posts: readonly Post[], offer: Offer): Choice[] {
  const ranked = offer.placed ? posts.toSorted((one, other) => Number(isFull(one)) - Number(isFull(other))) : posts;
  return ranked.map((post) => postChoice(post, offer));
}
