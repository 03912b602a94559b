/**
 * The contract's methods as the front door routes them. `tests/contract.test.ts` holds every route and right here
 * against the descriptors, so a change of the protos that this file misses fails the build.
 */
import type * as c from "./contract";

export type Verb = "GET" | "POST" | "PUT" | "PATCH";

export interface Method<Request, Answer> {
  /** `<context>.v1.<Service>/<Method>`; also the first part of the query key. */
  rpc: string;
  verb: Verb;
  path: string;
  /** The right a caller needs; what the forbidden page explains when the answer does not name one. */
  permission: string;
  /** Nobody may call it on themselves. */
  notSelf: boolean;
  /** Never set; carries the types. */
  readonly shape?: (request: Request) => Answer;
}

export function method<Request, Answer>(
  rpc: string,
  permission: string,
  verb: Verb,
  path: string,
  notSelf = false,
): Method<Request, Answer> {
  return { rpc, permission, verb, path, notSelf };
}

const people = "employees.v1.PeopleService/";
const lifecycle = "employees.v1.LifecycleService/";
const contracts = "employees.v1.ContractService/";
const organization = "employees.v1.OrganizationService/";
const imports = "employees.v1.ImportService/";
const accounts = "identity.v1.AccountService/";
const grants = "identity.v1.GrantService/";
const requests = "identity.v1.AccessRequestService/";

export const getEmployee = method<c.GetEmployeeRequest, c.Employee>(
  people + "GetEmployee",
  "employees.person.read",
  "GET",
  "/v1/employees/{employeeId}",
);
export const listEmployees = method<c.ListEmployeesRequest, c.ListEmployeesResponse>(
  people + "ListEmployees",
  "employees.person.read",
  "GET",
  "/v1/employees",
);
export const listNameCards = method<c.ListNameCardsRequest, c.ListNameCardsResponse>(
  people + "ListNameCards",
  "employees.card.read",
  "GET",
  "/v1/name-cards",
);
export const revealPersonalData = method<c.RevealPersonalDataRequest, c.PersonalData>(
  people + "RevealPersonalData",
  "employees.person.reveal",
  "POST",
  "/v1/employees/{employeeId}:reveal",
);
export const correctEmployee = method<c.CorrectEmployeeRequest, c.Employee>(
  people + "CorrectEmployee",
  "employees.person.correct",
  "PATCH",
  "/v1/employees/{employeeId}",
  true,
);
export const getTimeline = method<c.GetTimelineRequest, c.GetTimelineResponse>(
  people + "GetTimeline",
  "employees.person.read",
  "GET",
  "/v1/employees/{employeeId}/timeline",
);
export const eraseEmployee = method<c.EraseEmployeeRequest, c.EraseEmployeeResponse>(
  people + "EraseEmployee",
  "employees.person.erase",
  "POST",
  "/v1/employees/{employeeId}:erase",
  true,
);

export const hireEmployee = method<c.HireEmployeeRequest, c.Employee>(
  lifecycle + "HireEmployee",
  "employees.lifecycle.hire",
  "POST",
  "/v1/employees",
);
export const confirmEmployee = method<c.ConfirmEmployeeRequest, c.Employee>(
  lifecycle + "ConfirmEmployee",
  "employees.lifecycle.confirm",
  "POST",
  "/v1/employees/{employeeId}:confirm",
  true,
);
export const transferEmployee = method<c.TransferEmployeeRequest, c.Employee>(
  lifecycle + "TransferEmployee",
  "employees.lifecycle.transfer",
  "POST",
  "/v1/employees/{employeeId}:transfer",
  true,
);
export const changeManager = method<c.ChangeManagerRequest, c.Employee>(
  lifecycle + "ChangeManager",
  "employees.lifecycle.transfer",
  "POST",
  "/v1/employees/{employeeId}:changeManager",
  true,
);
export const addDottedLine = method<c.AddDottedLineRequest, c.Employee>(
  lifecycle + "AddDottedLine",
  "employees.lifecycle.transfer",
  "POST",
  "/v1/employees/{employeeId}/dotted-lines",
  true,
);
export const endDottedLine = method<c.EndDottedLineRequest, c.Employee>(
  lifecycle + "EndDottedLine",
  "employees.lifecycle.transfer",
  "POST",
  "/v1/employees/{employeeId}/dotted-lines/{assignmentId}:end",
  true,
);
export const endEmployment = method<c.EndEmploymentRequest, c.Employee>(
  lifecycle + "EndEmployment",
  "employees.lifecycle.leave",
  "POST",
  "/v1/employees/{employeeId}:leave",
  true,
);

export const listContracts = method<c.ListContractsRequest, c.ListContractsResponse>(
  contracts + "ListContracts",
  "employees.contract.read",
  "GET",
  "/v1/employees/{employeeId}/contracts",
);
export const signContract = method<c.SignContractRequest, c.Contract>(
  contracts + "SignContract",
  "employees.contract.manage",
  "POST",
  "/v1/employees/{employeeId}/contracts",
  true,
);
export const revealPay = method<c.RevealPayRequest, c.Contract>(
  contracts + "RevealPay",
  "employees.contract.reveal",
  "POST",
  "/v1/employees/{employeeId}/contracts/{contractId}:reveal",
);

export const listUnits = method<c.ListUnitsRequest, c.ListUnitsResponse>(
  organization + "ListUnits",
  "employees.organization.read",
  "GET",
  "/v1/units",
);
export const openUnit = method<c.OpenUnitRequest, c.Unit>(
  organization + "OpenUnit",
  "employees.organization.manage",
  "POST",
  "/v1/units",
);
export const changeUnit = method<c.ChangeUnitRequest, c.Unit>(
  organization + "ChangeUnit",
  "employees.organization.manage",
  "PATCH",
  "/v1/units/{unitId}",
);
export const closeUnit = method<c.CloseUnitRequest, c.Unit>(
  organization + "CloseUnit",
  "employees.organization.manage",
  "POST",
  "/v1/units/{unitId}:close",
);
export const listPosts = method<c.ListPostsRequest, c.ListPostsResponse>(
  organization + "ListPosts",
  "employees.organization.read",
  "GET",
  "/v1/posts",
);
export const getPost = method<c.GetPostRequest, c.Post>(
  organization + "GetPost",
  "employees.organization.read",
  "GET",
  "/v1/posts/{postId}",
);
export const openPost = method<c.OpenPostRequest, c.Post>(
  organization + "OpenPost",
  "employees.organization.manage",
  "POST",
  "/v1/posts",
);
export const changePost = method<c.ChangePostRequest, c.Post>(
  organization + "ChangePost",
  "employees.organization.manage",
  "PATCH",
  "/v1/posts/{postId}",
);
export const closePost = method<c.ClosePostRequest, c.Post>(
  organization + "ClosePost",
  "employees.organization.manage",
  "POST",
  "/v1/posts/{postId}:close",
);

export const createImport = method<c.CreateImportRequest, c.Import>(
  imports + "CreateImport",
  "employees.import.run",
  "POST",
  "/v1/imports",
);
export const uploadPart = method<c.UploadPartRequest, c.Import>(
  imports + "UploadPart",
  "employees.import.run",
  "POST",
  "/v1/imports/{importId}/parts",
);
export const getImport = method<c.GetImportRequest, c.Import>(
  imports + "GetImport",
  "employees.import.run",
  "GET",
  "/v1/imports/{importId}",
);
export const listImports = method<c.ListImportsRequest, c.ListImportsResponse>(
  imports + "ListImports",
  "employees.import.run",
  "GET",
  "/v1/imports",
);
export const startDryRun = method<c.StartDryRunRequest, c.Import>(
  imports + "StartDryRun",
  "employees.import.run",
  "POST",
  "/v1/imports/{importId}:dryRun",
);
export const listImportProblems = method<c.ListImportProblemsRequest, c.ListImportProblemsResponse>(
  imports + "ListImportProblems",
  "employees.import.run",
  "GET",
  "/v1/imports/{importId}/problems",
);
export const applyImport = method<c.ApplyImportRequest, c.Import>(
  imports + "ApplyImport",
  "employees.import.run",
  "POST",
  "/v1/imports/{importId}:apply",
);
export const cancelImport = method<c.CancelImportRequest, c.Import>(
  imports + "CancelImport",
  "employees.import.run",
  "POST",
  "/v1/imports/{importId}:cancel",
);

export const getMe = method<c.GetMeRequest, c.Me>(accounts + "GetMe", "identity.me.read", "GET", "/v1/me");
export const setMyLanguage = method<c.SetMyLanguageRequest, c.Account>(
  accounts + "SetMyLanguage",
  "identity.me.change",
  "PUT",
  "/v1/me/language",
);
export const listAccounts = method<c.ListAccountsRequest, c.ListAccountsResponse>(
  accounts + "ListAccounts",
  "identity.account.read",
  "GET",
  "/v1/accounts",
);
export const getAccount = method<c.GetAccountRequest, c.Account>(
  accounts + "GetAccount",
  "identity.account.read",
  "GET",
  "/v1/accounts/{accountId}",
);
export const issueFirstPassword = method<c.IssueFirstPasswordRequest, c.FirstPassword>(
  accounts + "IssueFirstPassword",
  "identity.account.reset",
  "POST",
  "/v1/accounts/{accountId}:issueFirstPassword",
);
export const suspendAccount = method<c.SuspendAccountRequest, c.Account>(
  accounts + "SuspendAccount",
  "identity.account.manage",
  "POST",
  "/v1/accounts/{accountId}:suspend",
);
export const reinstateAccount = method<c.ReinstateAccountRequest, c.Account>(
  accounts + "ReinstateAccount",
  "identity.account.manage",
  "POST",
  "/v1/accounts/{accountId}:reinstate",
);
export const createServiceAccount = method<c.CreateServiceAccountRequest, c.ServiceAccountSecret>(
  accounts + "CreateServiceAccount",
  "identity.service_account.manage",
  "POST",
  "/v1/service-accounts",
);
export const rotateServiceAccountSecret = method<c.RotateServiceAccountSecretRequest, c.ServiceAccountSecret>(
  accounts + "RotateServiceAccountSecret",
  "identity.service_account.manage",
  "POST",
  "/v1/service-accounts/{accountId}:rotateSecret",
);

export const createGrant = method<c.CreateGrantRequest, c.Grant>(
  grants + "CreateGrant",
  "identity.grant.manage",
  "POST",
  "/v1/grants",
);
export const revokeGrant = method<c.RevokeGrantRequest, c.Grant>(
  grants + "RevokeGrant",
  "identity.grant.manage",
  "POST",
  "/v1/grants/{grantId}:revoke",
);
export const listGrants = method<c.ListGrantsRequest, c.ListGrantsResponse>(
  grants + "ListGrants",
  "identity.grant.read",
  "GET",
  "/v1/grants",
);
export const describeAccess = method<c.DescribeAccessRequest, c.DescribeAccessResponse>(
  grants + "DescribeAccess",
  "identity.grant.read",
  "GET",
  "/v1/employees/{employeeId}/access",
);
export const listRoles = method<c.ListRolesRequest, c.ListRolesResponse>(
  grants + "ListRoles",
  "identity.role.read",
  "GET",
  "/v1/roles",
);
export const listPermissions = method<c.ListPermissionsRequest, c.ListPermissionsResponse>(
  grants + "ListPermissions",
  "identity.role.read",
  "GET",
  "/v1/permissions",
);

export const explainAccess = method<c.ExplainAccessRequest, c.ExplainAccessResponse>(
  requests + "ExplainAccess",
  "identity.access.request",
  "GET",
  "/v1/access:explain",
);
export const requestAccess = method<c.RequestAccessRequest, c.AccessRequest>(
  requests + "RequestAccess",
  "identity.access.request",
  "POST",
  "/v1/access-requests",
);
export const listAccessRequests = method<c.ListAccessRequestsRequest, c.ListAccessRequestsResponse>(
  requests + "ListAccessRequests",
  "identity.access.request",
  "GET",
  "/v1/access-requests",
);
export const decideAccessRequest = method<c.DecideAccessRequestRequest, c.AccessRequest>(
  requests + "DecideAccessRequest",
  "identity.grant.manage",
  "POST",
  "/v1/access-requests/{requestId}:decide",
);
