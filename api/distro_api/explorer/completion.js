// What may be written at the cursor: fields of the type that is open there, arguments, or types after "on".

const TOKEN = /"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*|\.\.\.|[{}()[\]:!=@|&$]|[_A-Za-z]\w*|-?\d[\w.]*/g;

export function namedType(type) {
  return type.ofType ? namedType(type.ofType) : type;
}

export function completionsAt(text, cursor, schema) {
  const before = text.slice(0, cursor);
  const word = before.match(/[_A-Za-z]\w*$/)?.[0] ?? "";
  const place = placeOf(before.slice(0, before.length - word.length), schema);
  return { word, choices: place.filter(({ name }) => name.toLowerCase().startsWith(word.toLowerCase()) && name !== word) };
}

function placeOf(before, schema) {
  const tokens = (before.match(TOKEN) ?? []).filter((token) => !token.startsWith("#"));
  const open = [];
  let parent = null, field = null, awaiting = "query", depth = 0, called = null;
  tokens.forEach((token, at) => {
    if (token === "(") {
      depth += 1;
      if (depth === 1) called = field;
    } else if (token === ")") {
      depth -= 1;
    } else if (depth > 0) {
      return;
    } else if (token === "{") {
      open.push(parent);
      parent = parent === null ? rootType(awaiting, schema) : field;
      field = null;
    } else if (token === "}") {
      parent = open.pop() ?? null;
    } else if (parent === null) {
      if (["query", "mutation", "subscription"].includes(token)) awaiting = token;
      if (tokens[at - 1] === "on") awaiting = `on ${token}`;
    } else if (tokens[at - 1] === "on" && tokens[at - 2] === "...") {
      field = schema.types.get(token);
    } else if (tokens[at - 1] !== ":" || tokens[at - 2] !== ":") {
      const found = parent?.fields?.find(({ name }) => name === token);
      if (found) field = { ...schema.types.get(namedType(found.type).name), args: found.args };
    }
  });
  if (depth > 0) return (called?.args ?? []).map((argument) => ({ name: argument.name, detail: argument.description }));
  if (tokens.at(-1) === "on") return [...schema.types.values()].filter((type) => type.fields).map(({ name }) => ({ name }));
  if (parent === null) return ["query", "mutation", "subscription", "fragment"].map((name) => ({ name }));
  return (parent?.fields ?? []).map(({ name, description }) => ({ name, detail: description }));
}

function rootType(awaiting, schema) {
  return awaiting.startsWith("on ") ? schema.types.get(awaiting.slice(3)) : schema.types.get(schema.roots[awaiting]);
}
