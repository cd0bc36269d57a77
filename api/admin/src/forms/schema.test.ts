import { describe, expect, it } from "vitest";
import { REMOVED, initialValues, pathName, readFields, writtenSecrets, writtenValues } from "./schema";
import type { JsonSchema } from "./schema";

const SFTP: JsonSchema = {
  $defs: {
    Mode: { enum: ["strict", "lax"], type: "string", title: "Mode" },
    Rule: { type: "object", properties: { word: { type: "string" }, weight: { type: "integer", default: 1 } }, required: ["word"] },
  },
  properties: {
    port: { type: "integer", default: 22, maximum: 65535, minimum: 1, title: "Port" },
    host: { type: "string", maxLength: 253, title: "Host", description: "Name or address." },
    host_key: { anyOf: [{ type: "string" }, { type: "null" }], default: null, title: "Host Key" },
    password: { anyOf: [{ type: "string", format: "password", writeOnly: true }, { type: "null" }], default: null },
    private_key: { anyOf: [{ type: "string", writeOnly: true }, { type: "null" }], default: null },
    mode: { $ref: "#/$defs/Mode", default: "strict" },
    networks: { type: "array", items: { type: "string" }, default: [] },
    compress: { type: "boolean", default: false },
    limits: { type: "object", properties: { rate: { type: "number" } } },
    extra: { type: "object", additionalProperties: { type: "string" } },
    modes: { type: "array", items: { $ref: "#/$defs/Mode" }, default: ["lax"] },
    rules: { type: "array", maxItems: 3, items: { $ref: "#/$defs/Rule" } },
  },
  required: ["host"],
};

describe("a form from a JSON Schema", () => {
  const fields = readFields(SFTP);
  const field = (name: string) => fields.find((each) => each.name === name)!;

  it("follows a reference, at the top, too", () => {
    const found = readFields({ $ref: "#/$defs/Rule", $defs: SFTP.$defs });
    expect(found.map(({ name, required }) => [name, required])).toEqual([["word", true], ["weight", false]]);
  });

  it("asks for what is required first", () => {
    expect(fields.map((each) => each.name)[0]).toBe("host");
    expect(field("host")).toMatchObject({ kind: "text", required: true, hint: "Name or address.", longest: 253 });
  });

  it("chooses the control by the schema", () => {
    expect(Object.fromEntries(fields.map((each) => [each.name, each.kind]))).toEqual({
      host: "text", port: "integer", host_key: "text", password: "secret", private_key: "sealedText", mode: "choice", networks: "lines",
      compress: "switch", limits: "group", extra: "json", modes: "choices", rules: "rows",
    });
    expect(field("mode").choices.map((choice) => choice.value)).toEqual(["strict", "lax"]);
    expect(field("host_key").nullable).toBe(true);
    expect(field("port")).toMatchObject({ least: 1, most: 65535, limits: "1 to 65535." });
    expect(field("rules")).toMatchObject({ most: 3, fields: [{ name: "word", kind: "text" }, { name: "weight", kind: "integer" }] });
    expect(field("modes").choices).toEqual([{ value: "strict", label: "Strict" }, { value: "lax", label: "Lax" }]);
  });

  it("starts from what is stored, else from the defaults", () => {
    const values = initialValues(fields, { host: "sftp.example", networks: ["10.0.0.0/8", "::1/128"] });

    expect(values).toMatchObject({
      host: "sftp.example", port: 22, networks: "10.0.0.0/8\n::1/128", password: "", mode: "strict", limits: { rate: "" }, modes: ["lax"], rules: [],
    });
    expect(initialValues(fields, { rules: [{ word: "no" }] }).rules).toEqual([{ word: "no", weight: 1 }]);
  });

  it("sends typed values, leaves empty ones out and keeps secrets apart", () => {
    const values = { ...initialValues(fields), host: "sftp.example", port: "2222", password: "hush", networks: " a \n\nb", limits: { rate: "1.5" }, extra: '{"a": "b"}' };

    expect(writtenValues(fields, values)).toEqual({
      host: "sftp.example", port: 2222, mode: "strict", networks: ["a", "b"], compress: false, limits: { rate: 1.5 }, extra: { a: "b" },
      modes: ["lax"], rules: [],
    });
    expect(writtenSecrets(fields, values)).toEqual([{ name: "password", value: "hush" }]);
    expect(writtenValues(fields, { rules: [{ word: "no", weight: "2" }] }).rules).toEqual([{ word: "no", weight: 2 }]);
  });

  it("keeps a secret that is left empty and removes one on demand", () => {
    expect(writtenSecrets(fields, { password: "", private_key: REMOVED })).toEqual([{ name: "private_key", value: null }]);
  });

  it("says limits in words", () => {
    const limits = (schema: JsonSchema) => readFields({ properties: { it: { type: "number", ...schema } } })[0]!.limits;
    expect(limits({ minimum: 0 })).toBe("At least 0.");
    expect(limits({ exclusiveMinimum: 0, maximum: 1 })).toBe("More than 0, at most 1.");
    expect(limits({})).toBe("");
  });

  it("names the field whose JSON is broken", () => {
    expect(() => writtenValues(fields, { extra: "{" })).toThrow("Extra is not JSON");
  });

  it("spells names as faults do", () => {
    expect(pathName("host_key")).toBe("hostKey");
  });
});
