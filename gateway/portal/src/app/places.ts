import type { Rights } from "@/api/me";

/** Where one can go. The frame's navigation and the palette read the same list, so neither offers what may not be done. */
export interface Place {
  key:
    | "home"
    | "me"
    | "people"
    | "growth"
    | "jobProfiles"
    | "skills"
    | "importEntries"
    | "contests"
    | "postMatches"
    | "peopleMatches"
    | "pools"
    | "placements"
    | "fairness"
    | "openCase"
    | "hire"
    | "organization"
    | "imports"
    | "newImport"
    | "requests"
    | "grants"
    | "accounts"
    | "roles"
    | "myAccess";
  to: string;
  group: "work" | "talent" | "access" | "none";
  open: (rights: Rights, myId: string) => boolean;
}

export function placesFor(myId: string): Place[] {
  return [
    { key: "home", to: "/", group: "work", open: () => true },
    { key: "people", to: "/people", group: "work", open: (rights) => rights.overOthers("employees.person.read") },
    {
      key: "me",
      to: `/people/${myId}`,
      group: "work",
      open: (rights, me) => me !== "" && rights.holds("employees.person.read"),
    },
    {
      key: "organization",
      to: "/organization",
      group: "work",
      open: (rights) => rights.holds("employees.organization.read"),
    },
    { key: "imports", to: "/imports", group: "work", open: (rights) => rights.overAll("employees.import.run") },
    {
      key: "growth",
      to: `/people/${myId}/growth`,
      group: "talent",
      open: (rights, me) => me !== "" && rights.holds("talent.profile.read"),
    },
    {
      key: "postMatches",
      to: "/matching/posts",
      group: "talent",
      open: (rights, me) => me !== "" && rights.holds("talent.match.read"),
    },
    {
      key: "placements",
      to: "/placements",
      group: "talent",
      open: (rights, me) => me !== "" && rights.holds("talent.case.take_part"),
    },
    {
      key: "contests",
      to: "/growth/contests",
      group: "talent",
      open: (rights) => rights.overOthers("talent.profile.verify"),
    },
    {
      key: "peopleMatches",
      to: "/matching/people",
      group: "talent",
      open: (rights) => rights.overOthers("talent.match.search"),
    },
    { key: "pools", to: "/pools", group: "talent", open: (rights) => rights.overOthers("talent.pool.read") },
    {
      key: "fairness",
      to: "/fairness",
      group: "talent",
      open: (rights) => rights.overAll("talent.fairness.read"),
    },
    { key: "jobProfiles", to: "/job-profiles", group: "talent", open: (rights) => rights.holds("talent.job.read") },
    { key: "skills", to: "/skills", group: "talent", open: (rights) => rights.holds("talent.skill.read") },
    { key: "requests", to: "/requests", group: "access", open: () => true },
    { key: "grants", to: "/grants", group: "access", open: (rights) => rights.overOthers("identity.grant.read") },
    { key: "accounts", to: "/accounts", group: "access", open: (rights) => rights.overOthers("identity.account.read") },
    { key: "roles", to: "/roles", group: "access", open: (rights) => rights.holds("identity.role.read") },
    { key: "myAccess", to: "/me/access", group: "access", open: () => true },
    { key: "hire", to: "/people/new", group: "none", open: (rights) => rights.holds("employees.lifecycle.hire") },
    {
      key: "openCase",
      to: "/placements/new",
      group: "none",
      open: (rights) => rights.overOthers("talent.case.manage"),
    },
    {
      key: "importEntries",
      to: "/growth/import",
      group: "talent",
      open: (rights) => rights.overAll("talent.profile.import"),
    },
    { key: "newImport", to: "/imports/new", group: "none", open: (rights) => rights.overAll("employees.import.run") },
  ];
}
