/** Reads a JSON Schema as our plugins write it (pydantic) into fields that a form can show. */

export interface JsonSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  format?: string;
  writeOnly?: boolean;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minItems?: number;
  maxItems?: number;
  maxLength?: number;
  additionalProperties?: boolean | JsonSchema;
}

export type FieldKind =
  | "text" | "secret" | "sealedText" | "number" | "integer" | "switch" | "choice" | "choices" | "lines" | "group" | "rows" | "json";
/** Secrets of several lines, such as a private key in PEM: a password field would join them to one. */
const LONG_SECRETS = /private_key|certificate|json|service_account/;

export type Values = Record<string, unknown>;

/** Stands in a form for a secret that is to be removed. */
export const REMOVED = Symbol("removed");

/** A field of a form. `nullable`: emptied, it means null; `fields`: of a group, or of each of its rows; `most`: a limit of
 * the value, or how many rows there may be. */
export interface Field {
  name: string;
  label: string;
  hint: string;
  kind: FieldKind;
  required: boolean;
  nullable: boolean;
  secret: boolean;
  fallback: unknown;
  choices: { value: unknown; label: string }[];
  fields: Field[];
  itemsAreNumbers: boolean;
  least?: number;
  most?: number;
  longest?: number;
  limits: string;
}

/** The fields of an object's schema, required ones first. */
export function readFields(schema: JsonSchema, root: JsonSchema = schema): Field[] {
  const { required: needed = [], properties = {} } = resolve(schema, root);
  const required = new Set(needed);
  return Object.entries(properties)
    .map(([name, property]) => readField(name, property, required.has(name), root))
    .sort((one, other) => Number(other.required) - Number(one.required));
}

function readField(name: string, property: JsonSchema, required: boolean, root: JsonSchema): Field {
  const options = (property.anyOf ?? property.oneOf ?? []).map((each) => resolve(each, root));
  const real = options.filter((option) => option.type !== "null");
  const nullable = real.length < options.length;
  const given = real.length === 1 ? { ...real[0], ...stripped(property) } : property;
  const schema = resolve(given, root);
  const items = resolve(schema.items ?? {}, root);
  const kind = kindOf(name, schema, items, real.length > 1);
  return {
    name,
    label: labelOf(name, property.title),
    hint: property.description ?? (kind === "json" || kind === "group" ? "" : (schema.description ?? "")),
    kind,
    required,
    nullable,
    secret: kind === "secret" || kind === "sealedText",
    fallback: property.default,
    choices: choicesOf(kind === "choices" ? items : schema),
    fields: kind === "group" ? readFields(schema, root) : kind === "rows" ? readFields(items, root) : [],
    itemsAreNumbers: ["number", "integer"].includes(String(items.type)),
    least: schema.minimum ?? schema.exclusiveMinimum ?? schema.minItems,
    most: schema.maximum ?? schema.exclusiveMaximum ?? schema.maxItems,
    longest: schema.maxLength,
    limits: limitsOf(schema),
  };
}

/** The limits of a number in words. */
function limitsOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const least = minimum ?? exclusiveMinimum;
  const most = maximum ?? exclusiveMaximum;
  const [from, to] = [exclusiveMinimum === undefined ? "at least" : "more than", exclusiveMaximum === undefined ? "at most" : "less than"];
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}.`;
  const said = [least === undefined ? "" : `${from} ${least}`, most === undefined ? "" : `${to} ${most}`].filter(Boolean).join(", ");
  return said && `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
}

function stripped(property: JsonSchema): JsonSchema {
  const { anyOf: _any, oneOf: _one, ...rest } = property;
  return rest;
}

function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const reference = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
  if (!reference) return schema;
  const found = root.$defs?.[reference.replace("#/$defs/", "")] ?? {};
  const { $ref: _ref, allOf: _all, ...rest } = schema;
  return { ...resolve(found, root), ...rest };
}

const choicesOf = (schema: JsonSchema): Field["choices"] =>
  (schema.enum ?? (schema.const !== undefined ? [schema.const] : [])).map((value) => ({ value, label: spoken(String(value)) }));

/** A value for people, where it is a word of a program: `high_priority`, but not `ern/4.3` or `WAV`. */
const spoken = (value: string): string => (/^[a-z]+([_-][a-z]+)*$/.test(value) ? labelOf(value.replace(/-/g, "_")) : value);

function kindOf(name: string, schema: JsonSchema, items: JsonSchema, several: boolean): FieldKind {
  if (several) return "json";
  if (schema.writeOnly || schema.format === "password") return LONG_SECRETS.test(name) ? "sealedText" : "secret";
  if (schema.enum || schema.const !== undefined) return "choice";
  if (schema.type === "boolean") return "switch";
  if (schema.type === "integer" || schema.type === "number") return schema.type;
  if (schema.type === "string") return "text";
  if (schema.type === "array" && items.enum) return "choices";
  if (schema.type === "array" && ["string", "integer", "number"].includes(String(items.type))) return "lines";
  if (schema.type === "array" && items.type === "object" && items.properties) return "rows";
  if (schema.type === "object" && schema.properties) return "group";
  return "json";
}

/** A title that somebody wrote; pydantic's own are the name in title case, which reads like a heading. */
function labelOf(name: string, title?: string): string {
  const text = name.replace(/_/g, " ").replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
  if (title && title.toLowerCase() !== text.toLowerCase()) return title;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What a form starts from: what is stored, else what the schema says. */
export function initialValues(fields: Field[], stored: Values = {}): Values {
  return Object.fromEntries(
    fields.map((field) => {
      const value = stored[field.name] ?? field.fallback;
      if (field.kind === "group") return [field.name, initialValues(field.fields, (value ?? {}) as Values)];
      if (field.kind === "rows") return [field.name, ((value ?? []) as Values[]).map((row) => initialValues(field.fields, row))];
      if (field.kind === "choices") return [field.name, [...((value ?? []) as unknown[])]];
      if (field.kind === "lines") return [field.name, ((value ?? []) as unknown[]).join("\n")];
      if (field.kind === "json") return [field.name, value === undefined || value === null ? "" : JSON.stringify(value, null, 2)];
      if (field.kind === "switch") return [field.name, Boolean(value)];
      return [field.name, field.secret ? "" : (value ?? "")];
    }),
  );
}

/** What is sent: without what was left empty, without secrets. Raises SyntaxError that names the field with broken JSON. */
export function writtenValues(fields: Field[], values: Values): Values {
  const written: Values = {};
  for (const field of fields) {
    const value = writtenValue(field, values[field.name]);
    if (value !== undefined && !field.secret) written[field.name] = value;
  }
  return written;
}

/** The secrets that were typed in, and with null those that are to be removed. */
export function writtenSecrets(fields: Field[], values: Values): { name: string; value: string | null }[] {
  return fields
    .filter((field) => field.secret && values[field.name])
    .map((field) => ({ name: field.name, value: values[field.name] === REMOVED ? null : String(values[field.name]) }));
}

function writtenValue(field: Field, value: unknown): unknown {
  if (field.kind === "group") return writtenValues(field.fields, (value ?? {}) as Values);
  if (field.kind === "rows") return ((value ?? []) as Values[]).map((row) => writtenValues(field.fields, row));
  if (field.kind === "switch") return Boolean(value);
  if (field.kind === "choices") return value ?? [];
  if (field.kind === "lines") {
    const lines = String(value ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
    return field.itemsAreNumbers ? lines.map(Number) : lines;
  }
  if (value === "" || value === null || value === undefined) return undefined;
  if (field.kind === "number" || field.kind === "integer") return Number(value);
  if (field.kind === "json") {
    try {
      return JSON.parse(String(value)) as unknown;
    } catch {
      throw new SyntaxError(`${field.label} is not JSON`);
    }
  }
  return value;
}

/** A field's name as faults spell it: `host_key` becomes `hostKey`. */
export const pathName = (name: string): string => name.replace(/_([a-z0-9])/g, (_, next: string) => next.toUpperCase());
