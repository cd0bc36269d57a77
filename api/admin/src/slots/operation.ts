/** Documents of plugins, which come while the page runs and so have no types. */
import type { Fault } from "../api/operations";
import type { TypedDocumentString, UiSlotsQuery } from "../generated/operations";

export type Slot = UiSlotsQuery["uiSlots"][number];
type Payloads = Record<string, { errors?: Fault[] } | null>;

export const queryOf = (slot: Slot): TypedDocumentString<unknown, { id?: string }> => documentOf(slot.document);
export const mutationOf = (slot: Slot): TypedDocumentString<Payloads, { id?: string; input: unknown }> => documentOf(slot.document);

function documentOf<R, V>(text: string): TypedDocumentString<R, V> {
  return { toString: () => text } as TypedDocumentString<R, V>;
}
