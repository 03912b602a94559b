/** What the portal believes of the contract, held against the descriptors that were generated from it. */
import { getOption, type DescMethod } from "@bufbuild/protobuf";
import { access } from "@contract/mainstay/contract/v1/access_pb";
import { http } from "@contract/google/api/annotations_pb";
import { ContractService } from "@contract/mainstay/employees/v1/contracts_pb";
import { ImportService } from "@contract/mainstay/employees/v1/imports_pb";
import { LifecycleService } from "@contract/mainstay/employees/v1/lifecycle_pb";
import { OrganizationService } from "@contract/mainstay/employees/v1/organization_pb";
import { PeopleService } from "@contract/mainstay/employees/v1/people_pb";
import { AccountService } from "@contract/mainstay/identity/v1/accounts_pb";
import { GrantService } from "@contract/mainstay/identity/v1/grants_pb";
import { AccessRequestService } from "@contract/mainstay/identity/v1/requests_pb";
import { PlacementService } from "@contract/mainstay/talent/v1/cases_pb";
import { JobProfileService } from "@contract/mainstay/talent/v1/jobs_pb";
import { MatchService } from "@contract/mainstay/talent/v1/matching_pb";
import { PoolService } from "@contract/mainstay/talent/v1/pools_pb";
import { ProfileService } from "@contract/mainstay/talent/v1/profiles_pb";
import { SkillService } from "@contract/mainstay/talent/v1/skills_pb";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { concerned } from "@/api/events";
import * as matching from "@/api/matching";
import * as portal from "@/api/methods";
import type { Method } from "@/api/methods";
import * as placements from "@/api/placements";
import * as talent from "@/api/talent";

const services = [
  PeopleService,
  LifecycleService,
  ContractService,
  OrganizationService,
  ImportService,
  AccountService,
  GrantService,
  AccessRequestService,
  ProfileService,
  SkillService,
  JobProfileService,
  MatchService,
  PoolService,
  PlacementService,
];
const declared = new Map<string, DescMethod>(
  services.flatMap((service) =>
    service.methods.map((method) => [`${service.typeName.replace("mainstay.", "")}/${method.name}`, method] as const),
  ),
);
const used = [portal, talent, matching, placements]
  .flatMap((module): unknown[] => Object.values(module))
  .filter((one): one is Method<unknown, unknown> => typeof one === "object");
const camel = (path: string) => path.replace(/_([a-z])/g, (_whole, letter: string) => letter.toUpperCase());

describe.each(used.map((method) => [method.rpc, method] as const))("%s", (rpc, method) => {
  test("is declared", () => {
    expect([...declared.keys()]).toContain(rpc);
  });

  test("is called by the route the contract gives it", () => {
    const desc = declared.get(rpc);
    const pattern = desc && getOption(desc, http).pattern;
    expect({
      verb: pattern?.case?.toUpperCase(),
      path: typeof pattern?.value === "string" ? camel(pattern.value) : "",
    }).toEqual({
      verb: method.verb,
      path: method.path,
    });
  });

  test("may be called on oneself where the contract allows it", () => {
    const desc = declared.get(rpc);
    expect(desc && getOption(desc, access).notSelf).toBe(method.notSelf);
  });

  test("names the right it needs", () => {
    const desc = declared.get(rpc);
    expect(desc && getOption(desc, access).permission).toBe(method.permission);
  });
});

test("what a change makes stale is a method that exists", () => {
  const stale = Object.values(concerned).flatMap((methods) => methods.map(({ rpc }) => rpc));
  expect(stale.filter((rpc) => !declared.has(rpc))).toEqual([]);
});

/** Every source file below a folder. */
function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? sources(join(folder, entry.name))
      : /\.tsx?$/.test(entry.name)
        ? [join(folder, entry.name)]
        : [],
  );
}

test("every right that a page asks about exists", () => {
  const rights = new Set([...declared.values()].map((method) => getOption(method, access).permission));
  const named = sources("src").flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/"((?:employees|identity|talent)\.[a-z_]+\.[a-z_]+)"/g)].map(
      ([, right]) => right ?? "",
    ),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((right) => !rights.has(right) && !/^(employees|identity|talent)\.v1/.test(right))).toEqual([]);
});
