/** Light, dark, or as the machine is set. The choice stays in this browser. */
import { ref, watchEffect } from "vue";

export type Theme = "system" | "light" | "dark";
const KEY = "stardust-theme";
const machine = matchMedia("(prefers-color-scheme: dark)");
const dark = ref(machine.matches);
machine.addEventListener("change", () => (dark.value = machine.matches));

export const theme = ref<Theme>((localStorage.getItem(KEY) as Theme | null) ?? "system");

watchEffect(() => {
  const shown = theme.value === "system" ? (dark.value ? "dark" : "light") : theme.value;
  document.documentElement.dataset.theme = shown;
  localStorage.setItem(KEY, theme.value);
});
