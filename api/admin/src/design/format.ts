/** Dates, sizes and words in the reader's language and time zone. */
const locale = globalThis.navigator?.languages?.[0] ?? "en";
const moments = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const days = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
const clocks = new Intl.DateTimeFormat(locale, { timeStyle: "medium", hourCycle: "h23" });
const spans = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1],
];

export const moment = (iso: string): string => moments.format(new Date(iso));
export const day = (iso: string): string => days.format(new Date(iso));
export const clock = (iso: string): string => clocks.format(new Date(iso));
export const number = (value: number): string => numbers.format(value);

/** How long ago or ahead, in the largest unit that fits. */
export function ago(iso: string, now = Date.now()): string {
  const seconds = Math.round((new Date(iso).getTime() - now) / 1000);
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
  return spans.format(Math.trunc(seconds / size), unit);
}

export function size(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${numbers.format(bytes / 1000 ** power)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
}

export function seconds(value: number): string {
  if (value < 60) return `${numbers.format(value)} s`;
  return `${Math.floor(value / 60)}:${String(Math.floor(value % 60)).padStart(2, "0")} min`;
}

/** A word of the API for people: `needs_attention` becomes “Needs attention”, `SubscriptionModel` “Subscription model”. */
export function words(name: string): string {
  const text = name.replace(/[_-]+/g, " ").replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase().trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A text for people, whose words may be one of a program: `ReleaseMadeAvailable` is spelt out. */
export const told = (text: string): string => (/^([A-Z][a-z]+){2,}$/.test(text) ? words(text) : text);

/** The part of an address that this server answers, so that a page under another name still finds it. */
export function here(url: string): string {
  const parsed = new URL(url, location.origin);
  return parsed.pathname + parsed.search;
}

/** An amount in minor units of a currency. */
export function money(amount: number, currency: string): string {
  const format = new Intl.NumberFormat(locale, { style: "currency", currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
