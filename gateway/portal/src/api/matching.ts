/** Matching's and the pools' methods; see `methods.ts`. In a file of their own, so that only pages about them carry them. */
import type * as c from "./contract";
import { method } from "./methods";

const matches = "talent.v1.MatchService/";
const pools = "talent.v1.PoolService/";

export const matchPerson = method<c.MatchPersonRequest, c.MatchReport>(
  matches + "MatchPerson",
  "talent.match.read",
  "GET",
  "/v1/posts/{postId}/matches/{employeeId}",
);
export const findPeople = method<c.FindPeopleRequest, c.FindPeopleResponse>(
  matches + "FindPeople",
  "talent.match.search",
  "GET",
  "/v1/posts/{postId}/matches",
);
export const findPosts = method<c.FindPostsRequest, c.FindPostsResponse>(
  matches + "FindPosts",
  "talent.match.read",
  "GET",
  "/v1/employees/{employeeId}/matches",
);
export const getFairness = method<c.GetFairnessRequest, c.Fairness>(
  matches + "GetFairness",
  "talent.fairness.read",
  "GET",
  "/v1/fairness",
);

export const listPools = method<c.ListPoolsRequest, c.ListPoolsResponse>(
  pools + "ListPools",
  "talent.pool.read",
  "GET",
  "/v1/pools",
);
export const getPool = method<c.GetPoolRequest, c.Pool>(
  pools + "GetPool",
  "talent.pool.read",
  "GET",
  "/v1/pools/{poolId}",
);
export const openPool = method<c.OpenPoolRequest, c.Pool>(
  pools + "OpenPool",
  "talent.pool.manage",
  "POST",
  "/v1/pools",
);
export const changePool = method<c.ChangePoolRequest, c.Pool>(
  pools + "ChangePool",
  "talent.pool.manage",
  "PATCH",
  "/v1/pools/{poolId}",
);
export const closePool = method<c.ClosePoolRequest, c.Pool>(
  pools + "ClosePool",
  "talent.pool.manage",
  "POST",
  "/v1/pools/{poolId}:close",
);
export const addMember = method<c.AddMemberRequest, c.Member>(
  pools + "AddMember",
  "talent.pool.place",
  "POST",
  "/v1/pools/{poolId}/members",
  true,
);
export const removeMember = method<c.RemoveMemberRequest, c.Member>(
  pools + "RemoveMember",
  "talent.pool.place",
  "POST",
  "/v1/pools/{poolId}/members/{employeeId}:remove",
  true,
);
export const reviewMember = method<c.ReviewMemberRequest, c.Member>(
  pools + "ReviewMember",
  "talent.pool.place",
  "POST",
  "/v1/pools/{poolId}/members/{employeeId}:review",
  true,
);
export const listMemberships = method<c.ListMembershipsRequest, c.ListMembershipsResponse>(
  pools + "ListMemberships",
  "talent.pool.read",
  "GET",
  "/v1/pools/{poolId}/memberships",
);
