/** Short news at the edge of the page. */
import { reactive } from "vue";

export interface Toast { id: number; tone: "good" | "bad"; text: string }
const STAYS = 6000;
let last = 0;
export const toasts = reactive<Toast[]>([]);

export function tell(text: string, tone: Toast["tone"] = "good"): void {
  const id = ++last;
  for (const same of toasts.filter((toast) => toast.text === text)) dismiss(same.id);
  toasts.push({ id, tone, text });
  setTimeout(() => dismiss(id), STAYS);
}

export function dismiss(id: number): void {
  const place = toasts.findIndex((toast) => toast.id === id);
  if (place >= 0) toasts.splice(place, 1);
}
