/** Light, dark, or as the machine is set (the choice stays in this browser), in the colours of the organisation. */
import { computed, ref, watchEffect } from "vue";
import { session } from "../api/session";
import type { Brand } from "./brand";
import { brandProperties } from "./brand";

export type Theme = "system" | "light" | "dark";
const KEY = "stardust-theme";
const machine = matchMedia("(prefers-color-scheme: dark)");
const dark = ref(machine.matches);
machine.addEventListener("change", () => (dark.value = machine.matches));

export const theme = ref<Theme>((localStorage.getItem(KEY) as Theme | null) ?? "system");
/** A brand that is being tried out, in place of the stored one. */
export const preview = ref<Brand | null>(null);
export const brand = computed<Brand | null>(() => preview.value ?? session.me?.tenant.branding ?? null);
const shownDark = computed(() => (theme.value === "system" ? dark.value : theme.value === "dark"));
let set: string[] = [];

watchEffect(() => {
  const root = document.documentElement;
  root.dataset.theme = shownDark.value ? "dark" : "light";
  localStorage.setItem(KEY, theme.value);
  for (const name of set) root.style.removeProperty(name);
  const properties = brand.value ? brandProperties(brand.value, shownDark.value) : {};
  set = Object.keys(properties);
  for (const [name, value] of Object.entries(properties)) root.style.setProperty(name, value);
});
