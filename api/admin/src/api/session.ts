/**
 * Who is signed in. The access token lives in this module's memory only; the refresh token is a cookie that no script can
 * read, so a reload stays signed in and a stolen page has nothing to take along.
 */
import { reactive } from "vue";
import { MeDocument, RefreshDocument, SignInDocument, SignOutDocument } from "../generated/operations";
import type { FaultFragment, MeQuery } from "../generated/operations";
import { RequestFailed, run, send } from "./client";

type Me = MeQuery["me"];

const state = reactive<{ me: Me | null; asked: boolean }>({ me: null, asked: false });
let token: string | null = null;
let renewing: Promise<string> | null = null;

export const session = state;
export const accessToken = (): string | null => token;
export const may = (...permissions: string[]): boolean =>
  permissions.every((permission) => state.me?.permissions.includes(permission));

/** Sign in; what was wrong with the input, or nothing. */
export async function signIn(email: string, password: string, tenant: string | null): Promise<FaultFragment[]> {
  const { authSignIn } = await send(SignInDocument, { input: { email, password, tenant, inCookie: true } }, null);
  if (!authSignIn.session) return authSignIn.errors;
  token = authSignIn.session.accessToken;
  await loadMe();
  return [];
}

/** Take up the session that a cookie stands for, if there is one. */
export async function resume(): Promise<void> {
  if (state.asked) return;
  try {
    await renew();
    await loadMe();
  } catch (error) {
    if (error instanceof RequestFailed && error.code === "UNREACHABLE") throw error;
  }
  state.asked = true;
}

/** Locks between tabs; browsers have none for a page that came over plain HTTP from another machine. */
const { locks } = navigator as { locks?: LockManager };

/** A new access token. Tabs take turns, because a refresh token is good once. */
export function renew(): Promise<string> {
  renewing ??= Promise.resolve(locks ? locks.request("stardust-refresh", refresh) : refresh()).finally(() => (renewing = null));
  return renewing;
}

async function refresh(): Promise<string> {
  const { authRefresh } = await send(RefreshDocument, { input: {} }, null);
  if (!authRefresh.session) {
    forget();
    throw new RequestFailed("UNAUTHENTICATED", "Your session has ended. Sign in again.");
  }
  token = authRefresh.session.accessToken;
  return token;
}

export async function loadMe(): Promise<void> {
  state.me = (await run(MeDocument, {})).me;
  state.asked = true;
}

export async function signOut(): Promise<void> {
  try {
    await run(SignOutDocument, { input: {} });
  } finally {
    forget();
  }
}

function forget(): void {
  token = null;
  state.me = null;
}
