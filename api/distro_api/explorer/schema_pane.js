// The schema as a reference beside the editors.

import { namedType } from "./completion.js";

const INTROSPECTION = `{ __schema {
  queryType { name } mutationType { name } subscriptionType { name }
  types { name kind description
    fields(includeDeprecated: true) { name description isDeprecated type { ...T }
      args { name description defaultValue type { ...T } } }
    inputFields { name description defaultValue type { ...T } }
    enumValues { name description } possibleTypes { name } } } }
fragment T on __Type { name kind ofType { name kind ofType { name kind ofType { name kind ofType { name } } } } }`;

export async function loadSchema(send) {
  const { data, errors } = await send(INTROSPECTION);
  if (!data) throw new Error(errors?.[0]?.message ?? "no schema");
  const found = data.__schema;
  return {
    types: new Map(found.types.filter(({ name }) => !name.startsWith("__")).map((type) => [type.name, type])),
    roots: { query: found.queryType.name, mutation: found.mutationType?.name, subscription: found.subscriptionType?.name },
  };
}

export function showSchema(pane, find, schema) {
  const show = (...parts) => pane.replaceChildren(...parts);
  const visit = (name) => { find.value = ""; show(back(), ...typeParts(schema.types.get(name), visit)); };
  const overview = () => show(...Object.values(schema.roots).filter(Boolean).flatMap((name) => typeParts(schema.types.get(name), visit)));
  const back = () => link("← all operations", overview);
  find.oninput = () => {
    const wanted = find.value.trim().toLowerCase();
    if (!wanted) return overview();
    const hits = [...schema.types.values()].flatMap((type) => [
      ...(type.name.toLowerCase().includes(wanted) ? [entry([link(type.name, () => visit(type.name))], type.description)] : []),
      ...(type.fields ?? type.inputFields ?? []).filter(({ name }) => name.toLowerCase().includes(wanted))
        .map((field) => entry([link(`${type.name}.${field.name}`, () => visit(type.name))], field.description)),
    ]);
    show(list(hits.slice(0, 100)));
  };
  overview();
}

function typeParts(type, visit) {
  const fields = (type.fields ?? type.inputFields ?? []).map((field) => entry(
    [text("span", field.name, field.isDeprecated ? "deprecated" : ""), ...argumentParts(field.args ?? [], visit), ": ",
      typeLink(field.type, visit)], field.description));
  const values = (type.enumValues ?? []).map((value) => entry([value.name], value.description));
  const possible = (type.possibleTypes ?? []).map(({ name }) => entry([link(name, () => visit(name))], ""));
  return [text("h2", type.name), text("p", type.description ?? ""), list([...fields, ...values, ...possible])];
}

function argumentParts(given, visit) {
  if (!given.length) return [];
  const parts = given.flatMap((argument, at) => [
    at ? ", " : "(", text("span", argument.name, "", argument.description), ": ", typeLink(argument.type, visit),
    argument.defaultValue === null ? "" : ` = ${argument.defaultValue}`,
  ]);
  return [...parts, ")"];
}

function typeLink(type, visit) {
  const name = namedType(type).name;
  return link(spell(type), () => visit(name));
}

function spell(type) {
  if (type.kind === "NON_NULL") return `${spell(type.ofType)}!`;
  return type.kind === "LIST" ? `[${spell(type.ofType)}]` : type.name;
}

function entry(head, description) {
  const term = document.createElement("dt");
  term.append(...head);
  return [term, text("dd", description ?? "")];
}

function list(entries) {
  const element = document.createElement("dl");
  element.append(...entries.flat());
  return element;
}

function link(label, go) {
  const element = text("a", label);
  element.tabIndex = 0;
  element.onclick = go;
  element.onkeydown = (event) => { if (event.key === "Enter") go(); };
  return element;
}

function text(kind, content, name = "", title = "") {
  const element = document.createElement(kind);
  element.textContent = content;
  if (name) element.className = name;
  if (title) element.title = title;
  return element;
}
