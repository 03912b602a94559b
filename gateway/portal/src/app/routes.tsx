import { createBrowserRouter, type RouteObject } from "react-router";
import { withTexts } from "@/i18n";
import { Frame } from "./Frame";
import { Crashed, NowhereHere } from "./Lost";

type Loaded = Promise<{ default: React.ComponentType }>;

function page(path: string, load: () => Loaded): RouteObject {
  return { path, lazy: async () => ({ Component: (await load()).default }), errorElement: <Crashed /> };
}

/** A page about talent: its texts come with it. */
function talentPage(path: string, load: () => Loaded): RouteObject {
  return page(path, () => withTexts("talent", load));
}

export const router = createBrowserRouter([
  {
    path: "/",
    element: <Frame />,
    errorElement: <Crashed />,
    // The skeleton of the page itself follows; this is only while its code is fetched.
    hydrateFallbackElement: <div />,
    children: [
      {
        index: true,
        lazy: async () => ({ Component: (await import("@/home/HomePage")).default }),
        errorElement: <Crashed />,
      },
      page("people", () => import("@/people/PeoplePage")),
      page("people/new", () => import("@/people/HirePage")),
      page("people/:employeeId/:tab?", () => import("@/people/PersonPage")),
      page("organization", () => import("@/organization/OrganizationPage")),
      talentPage("matching/people", () => import("@/matching/PeopleSearchPage")),
      talentPage("matching/posts", () => import("@/matching/PostSearchPage")),
      talentPage("posts/:postId/matches/:employeeId", () => import("@/matching/MatchPage")),
      talentPage("placements", () => import("@/placements/CasesPage")),
      talentPage("placements/new", () => import("@/placements/OpenCasePage")),
      talentPage("placements/:caseId", () => import("@/placements/CasePage")),
      talentPage("pools", () => import("@/pools/PoolsPage")),
      talentPage("pools/:poolId", () => import("@/pools/PoolPage")),
      talentPage("fairness", () => import("@/fairness/FairnessPage")),
      talentPage("growth/contests", () => import("@/growth/ContestsPage")),
      talentPage("growth/import", () => import("@/growth/EntriesImportPage")),
      talentPage("job-profiles", () => import("@/jobs/JobProfilesPage")),
      talentPage("job-profiles/:postId", () => import("@/jobs/JobProfilePage")),
      talentPage("skills", () => import("@/skills/SkillsPage")),
      page("imports", () => import("@/imports/ImportsPage")),
      page("imports/new", () => import("@/imports/NewImportPage")),
      page("imports/:importId", () => import("@/imports/ImportPage")),
      page("grants", () => import("@/access/GrantsPage")),
      page("requests", () => import("@/access/RequestsPage")),
      page("accounts", () => import("@/access/AccountsPage")),
      page("roles", () => import("@/access/RolesPage")),
      page("me/access", () => import("@/access/MyAccessPage")),
      { path: "*", element: <NowhereHere /> },
    ],
  },
]);
