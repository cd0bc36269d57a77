/** A value that follows another when it has not changed for a moment: a search need not run at every key. */
import { customRef, onScopeDispose, watch } from "vue";
import type { Ref } from "vue";

export function useDelayed<T>(source: Ref<T>, milliseconds = 250): Readonly<Ref<T>> {
  let timer = 0;
  let value = source.value;
  const followed = customRef<T>((track, trigger) => {
    watch(source, (next) => {
      clearTimeout(timer);
      timer = window.setTimeout(() => {
        value = next;
        trigger();
      }, milliseconds);
    });
    return { get: () => (track(), value), set: () => undefined };
  });
  onScopeDispose(() => clearTimeout(timer));
  return followed;
}
