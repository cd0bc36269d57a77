/** Subscriptions over one WebSocket (graphql-transport-ws); it is opened when somebody listens and closed after. */
import { createClient } from "graphql-ws";
import { onScopeDispose, ref, watch } from "vue";
import type { Ref } from "vue";
import type { TypedDocumentString } from "../generated/operations";
import { ENDPOINT } from "./client";
import { accessToken, renew } from "./session";

const RETRIES = 20;

const client = createClient({
  url: () => `${location.origin.replace(/^http/, "ws")}${ENDPOINT}`,
  connectionParams: async () => ({ authorization: `Bearer ${accessToken() ?? (await renew())}` }),
  shouldRetry: () => true,
  retryAttempts: RETRIES,
  lazyCloseTimeout: 2000,
});

/**
 * Follow a subscription while the component lives and `variables` says something. Returns whether it is connected.
 * A stream that the server ends because the token ran out is taken up again with a new one.
 */
export function useLive<R, V extends Record<string, unknown>>(
  document: TypedDocumentString<R, V>,
  variables: () => V | null,
  take: (event: R) => void,
): Ref<boolean> {
  const connected = ref(false);
  let stop: (() => void) | null = null;

  function end(): void {
    stop?.();
    stop = null;
    connected.value = false;
  }

  function begin(): void {
    end();
    const given = variables();
    if (!given) return;
    stop = client.subscribe<R>(
      { query: document.toString(), variables: given },
      {
        next: ({ data }) => {
          connected.value = true;
          if (data) take(data);
        },
        error: () => {
          connected.value = false;
          void renew().then(begin, end);
        },
        complete: () => (connected.value = false),
      },
    );
  }

  watch(() => JSON.stringify(variables()), begin, { immediate: true });
  onScopeDispose(end);
  return connected;
}
