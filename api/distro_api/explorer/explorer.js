// Runs documents against this server: queries and mutations with POST, subscriptions as server-sent events.

import { completionsAt } from "./completion.js";
import { loadSchema, showSchema } from "./schema_pane.js";

const HISTORY = "distro-explorer-history";
const MAX_HISTORY = 50;
const FIRST = "# Sign in above, then run this.\n{\n  me {\n    user { displayName role }\n    tenant { key name }\n    permissions\n  }\n}\n";
const SIGN_IN = `mutation SignIn($input: AuthSignInInput!) {
  authSignIn(input: $input) { session { accessToken } errors { message } } }`;

const part = (id) => document.getElementById(id);
const [source, variables, headers, answer] = ["document", "variables", "headers", "answer"].map(part);
let running = null, schema = null, chosen = 0;

const history = () => JSON.parse(localStorage.getItem(HISTORY) ?? "[]");
source.value = history()[0]?.document ?? FIRST;
variables.value = history()[0]?.variables ?? "";

function readJson(field, label) {
  if (!field.value.trim()) return {};
  try {
    return JSON.parse(field.value);
  } catch (fault) {
    throw new Error(`${label}: ${fault.message}`);
  }
}

function request(query, given, operationName, accept) {
  const token = part("token").value.trim();
  running = new AbortController();
  return fetch("/graphql", {
    method: "POST",
    signal: running.signal,
    headers: { "content-type": "application/json", accept, ...(token && { authorization: `Bearer ${token}` }), ...readJson(headers, "Headers") },
    body: JSON.stringify({ query, variables: given, ...(operationName && { operationName }) }),
  });
}

const send = async (query, given = {}) => (await request(query, given, "", "application/json")).json();

function operations() {
  return [...source.value.matchAll(/^\s*(query|mutation|subscription)\b\s*(\w+)?/gm)].map(([, kind, name]) => ({ kind, name }));
}

function refreshOperations() {
  const named = operations().filter(({ name }) => name);
  const select = part("operation");
  const before = select.value;
  select.replaceChildren(...named.map(({ name }) => new Option(name)));
  if (named.some(({ name }) => name === before)) select.value = before;
  select.hidden = named.length < 2;
}

async function run() {
  remember();
  part("run").disabled = true;
  part("stop").hidden = false;
  answer.textContent = "";
  const began = performance.now();
  try {
    const name = part("operation").hidden ? "" : part("operation").value;
    const live = operations().some((found) => found.kind === "subscription" && (!name || found.name === name));
    const given = readJson(variables, "Variables");
    const response = await request(source.value, given, name, live ? "text/event-stream" : "application/json");
    if (live && response.ok) await readEvents(response);
    else answer.textContent = JSON.stringify(await response.json(), null, 2);
    part("timing").textContent = `${response.status}, ${Math.round(performance.now() - began)} ms, request ${response.headers.get("x-request-id")}`;
  } catch (fault) {
    answer.textContent += fault.name === "AbortError" ? "\n(stopped)" : String(fault.message);
  } finally {
    part("run").disabled = false;
    part("stop").hidden = true;
  }
}

async function readEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (waiting + value).split("\r\n\r\n");
    waiting = events.pop();
    for (const event of events) {
      const data = event.match(/^data: (.+)$/m)?.[1];
      if (event.startsWith("event: next") && data) answer.textContent += `${JSON.stringify(JSON.parse(data), null, 2)}\n`;
    }
  }
}

function remember() {
  const entry = { document: source.value, variables: variables.value };
  const others = history().filter((known) => known.document !== entry.document);
  localStorage.setItem(HISTORY, JSON.stringify([entry, ...others].slice(0, MAX_HISTORY)));
  showHistory();
}

function showHistory() {
  part("history").querySelector("ol").replaceChildren(...history().map((entry) => {
    const row = document.createElement("li"), button = document.createElement("button");
    button.textContent = entry.document.replace(/^#.*$/gm, "").replace(/\s+/g, " ").trim().slice(0, 80);
    button.onclick = () => { [source.value, variables.value] = [entry.document, entry.variables]; refreshOperations(); };
    row.append(button);
    return row;
  }));
}

function offer(force) {
  const box = part("completions");
  const { word, choices } = schema ? completionsAt(source.value, source.selectionStart, schema) : { word: "", choices: [] };
  box.hidden = !choices.length || (!word && !force);
  chosen = 0;
  box.replaceChildren(...choices.slice(0, 100).map((choice, at) => {
    const row = document.createElement("li");
    row.textContent = choice.name;
    row.title = choice.detail ?? "";
    row.setAttribute("aria-selected", String(at === 0));
    row.onmousedown = (event) => { event.preventDefault(); take(choice.name, word); };
    return row;
  }));
  const lines = source.value.slice(0, source.selectionStart).split("\n");
  box.style.top = `${Math.min(lines.length * 19 + 8 - source.scrollTop, source.clientHeight - 40)}px`;
  box.style.left = `${Math.min(lines.at(-1).length * 7.8 + 8, source.clientWidth - 270)}px`;
}

function take(name, word) {
  source.setRangeText(name, source.selectionStart - word.length, source.selectionStart, "end");
  part("completions").hidden = true;
}

function choose(step) {
  const rows = [...part("completions").children];
  chosen = (chosen + step + rows.length) % rows.length;
  rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === chosen)));
  rows[chosen].scrollIntoView({ block: "nearest" });
}

source.addEventListener("keydown", (event) => {
  const open = !part("completions").hidden;
  const actions = {
    ArrowDown: open && (() => choose(1)),
    ArrowUp: open && (() => choose(-1)),
    Escape: open && (() => { part("completions").hidden = true; }),
    Enter: open && !event.ctrlKey && !event.metaKey && (() => take(part("completions").children[chosen].textContent,
      completionsAt(source.value, source.selectionStart, schema).word)),
    Tab: !event.shiftKey && (() => source.setRangeText("  ", source.selectionStart, source.selectionEnd, "end")),
    " ": event.ctrlKey && (() => offer(true)),
  };
  if (actions[event.key]) {
    event.preventDefault();
    actions[event.key]();
  }
});
source.addEventListener("input", () => { refreshOperations(); offer(false); });
source.addEventListener("blur", () => { part("completions").hidden = true; });
document.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(); });
part("run").onclick = run;
part("stop").onclick = () => running?.abort();

part("sign-in").querySelector("form").onsubmit = async (event) => {
  event.preventDefault();
  const form = event.target;
  const input = Object.fromEntries([...new FormData(form)].filter(([, value]) => value));
  const { data, errors } = await send(SIGN_IN, { input });
  const faults = errors ?? data.authSignIn.errors;
  form.querySelector("output").textContent = faults.map(({ message }) => message).join("; ");
  if (faults.length) return;
  part("token").value = data.authSignIn.session.accessToken;
  form.reset();
  part("sign-in").open = false;
};

refreshOperations();
showHistory();
loadSchema(send).then(
  (found) => { schema = found; showSchema(part("schema"), part("find"), found); },
  (fault) => { part("schema").textContent = `The schema cannot be read: ${fault.message}`; },
);
