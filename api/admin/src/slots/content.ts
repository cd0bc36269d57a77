/** What a plugin's query answered, as text for a table or for fields. It is text for people, never markup or a link. */
import { day, moment, number, words } from "../design/format";

export interface Grid { columns: string[]; rows: string[][]; omitted: number }

const MOST_ROWS = 50;
const LONGEST = 500;
const DAY = /^\d{4}-\d\d-\d\d$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/** The first list in an answer, however deep it stands, as rows; a list of plain values has one column. */
export function gridOf(answer: unknown): Grid {
  const list = firstList(answer) ?? [];
  const rows = list.slice(0, MOST_ROWS).map((row) => (isFields(row) ? row : { value: row }));
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => name !== "__typename");
  return { columns: names.map(words), rows: rows.map((row) => names.map((name) => shown(row[name]))), omitted: list.length - rows.length };
}

/** The first object in an answer that says more than where the next one stands. */
export function factsOf(answer: unknown): [name: string, value: string][] {
  let found = answer;
  while (isFields(found) && Object.values(found).length === 1 && isFields(Object.values(found)[0])) found = Object.values(found)[0];
  if (!isFields(found)) return [];
  return Object.entries(found).filter(([name]) => name !== "__typename").map(([name, value]) => [words(name), shown(value)]);
}

export function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (typeof value === "number") return number(value);
  if (Array.isArray(value)) return cut(value.map(shown).join(", ")) || "–";
  if (isFields(value)) return cut(Object.entries(value).map(([name, each]) => `${words(name)}: ${shown(each)}`).join(", "));
  const text = String(value);
  if (DAY.test(text) && !Number.isNaN(Date.parse(text))) return day(text);
  return MOMENT.test(text) && !Number.isNaN(Date.parse(text)) ? moment(text) : cut(text);
}

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

function firstList(value: unknown): unknown[] | null {
  if (Array.isArray(value)) return value;
  if (!isFields(value)) return null;
  for (const each of Object.values(value)) {
    const found = firstList(each);
    if (found) return found;
  }
  return null;
}
