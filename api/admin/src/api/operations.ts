/** Operations as components use them: what is loading, what was loaded, and which field a fault belongs to. */
import { computed, ref, shallowRef, watch } from "vue";
import type { ComputedRef, Ref, ShallowRef } from "vue";
import type { FaultFragment, TypedDocumentString } from "../generated/operations";
import { RequestFailed, run } from "./client";

export type Fault = Omit<FaultFragment, " $fragmentName">;

export interface Query<R> {
  data: ShallowRef<R | null>;
  failure: Ref<RequestFailed | null>;
  loading: Ref<boolean>;
  reload: () => Promise<void>;
}

/** What a query answers, asked anew when its variables change. `variables`: null while there is nothing to ask. */
export function useQuery<R, V>(document: TypedDocumentString<R, V>, variables: () => V | null): Query<R> {
  const data = shallowRef<R | null>(null);
  const failure = ref<RequestFailed | null>(null);
  const loading = ref(false);
  let asked = 0;

  async function reload(): Promise<void> {
    const given = variables();
    if (given === null) return;
    const mine = ++asked;
    loading.value = true;
    try {
      const found = await run(document, given);
      if (mine === asked) [data.value, failure.value] = [found, null];
    } catch (error) {
      if (mine === asked) failure.value = asFailure(error);
    } finally {
      if (mine === asked) loading.value = false;
    }
  }

  watch(() => JSON.stringify(variables()), reload, { immediate: true });
  return { data, failure, loading, reload };
}

interface Page<N> {
  nodes: N[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

export interface Pages<R, N> extends Query<R> {
  nodes: Ref<N[]>;
  hasMore: ComputedRef<boolean>;
  more: () => Promise<void>;
}

/** A list that grows page by page. `pick`: the connection in the answer. */
export function usePages<R, V extends { after?: string | null }, N>(
  document: TypedDocumentString<R, V>,
  variables: () => Omit<V, "after">,
  pick: (data: R) => Page<N>,
): Pages<R, N> {
  const nodes = shallowRef<N[]>([]);
  const end = ref<string | null>(null);
  const query = useQuery(document, () => variables() as V);
  watch(query.data, (found) => {
    if (found === null) return;
    const page = pick(found);
    nodes.value = page.nodes;
    end.value = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  });

  async function more(): Promise<void> {
    query.loading.value = true;
    try {
      const page = pick(await run(document, { ...variables(), after: end.value } as V));
      nodes.value = [...nodes.value, ...page.nodes];
      end.value = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } catch (error) {
      query.failure.value = asFailure(error);
    } finally {
      query.loading.value = false;
    }
  }

  return { ...query, nodes, hasMore: computed(() => end.value !== null), more };
}

export interface Mutation<V, P> {
  busy: Ref<boolean>;
  faults: Ref<Fault[]>;
  /** What is wrong at a field, by its path in `input`; nothing where it is right. */
  at: (...path: string[]) => string;
  /** Faults that none of those fields shows. */
  elsewhere: (...shown: string[]) => Fault[];
  submit: (input: V extends { input: infer I } ? I : never) => Promise<P | null>;
  clear: () => void;
}

type PayloadOf<R> = R[keyof R] extends { errors: Fault[] } ? R[keyof R] : never;

/** A mutation with one input. `submit` answers with the payload, or with nothing where something was wrong. */
export function useMutation<R extends object, V>(document: TypedDocumentString<R, V>): Mutation<V, PayloadOf<R>> {
  const busy = ref(false);
  const faults = ref<Fault[]>([]);

  async function submit(input: unknown): Promise<PayloadOf<R> | null> {
    busy.value = true;
    faults.value = [];
    try {
      const payload = Object.values(await run(document, { input } as V))[0] as PayloadOf<R>;
      faults.value = payload.errors;
      return payload.errors.length ? null : payload;
    } catch (error) {
      const { code, message } = asFailure(error);
      faults.value = [{ code, message, path: [] }];
      return null;
    } finally {
      busy.value = false;
    }
  }

  const key = (path: readonly string[]): string => path.join(".");
  return {
    busy,
    faults,
    at: (...path) => faults.value.filter((fault) => key(fault.path) === key(path)).map((fault) => fault.message).join(" "),
    elsewhere: (...shown) =>
      faults.value.filter(({ path }) => !shown.some((each) => key(path) === each || key(path).startsWith(`${each}.`))),
    submit: submit as Mutation<V, PayloadOf<R>>["submit"],
    clear: () => (faults.value = []),
  };
}

export function asFailure(error: unknown): RequestFailed {
  return error instanceof RequestFailed ? error : new RequestFailed("UNKNOWN", String(error));
}
