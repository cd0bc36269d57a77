import { describe, expect, it } from "vitest";
import { initialValues, pathName, readFields, writtenSecrets, writtenValues } from "./schema";
import type { JsonSchema } from "./schema";

const SFTP: JsonSchema = {
  $defs: { Mode: { enum: ["strict", "lax"], type: "string", title: "Mode" } },
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
  },
  required: ["host"],
};

describe("a form from a JSON Schema", () => {
  const fields = readFields(SFTP);
  const field = (name: string) => fields.find((each) => each.name === name)!;

  it("asks for what is required first", () => {
    expect(fields.map((each) => each.name)[0]).toBe("host");
    expect(field("host")).toMatchObject({ kind: "text", required: true, hint: "Name or address.", longest: 253 });
  });

  it("chooses the control by the schema", () => {
    expect(Object.fromEntries(fields.map((each) => [each.name, each.kind]))).toEqual({
      host: "text", port: "integer", host_key: "text", password: "secret", private_key: "sealedText", mode: "choice", networks: "lines",
      compress: "switch", limits: "group", extra: "json",
    });
    expect(field("mode").choices.map((choice) => choice.value)).toEqual(["strict", "lax"]);
    expect(field("host_key").nullable).toBe(true);
    expect(field("port")).toMatchObject({ least: 1, most: 65535 });
  });

  it("starts from what is stored, else from the defaults", () => {
    const values = initialValues(fields, { host: "sftp.example", networks: ["10.0.0.0/8", "::1/128"] });

    expect(values).toMatchObject({
      host: "sftp.example", port: 22, networks: "10.0.0.0/8\n::1/128", password: "", mode: "strict", limits: { rate: "" },
    });
  });

  it("sends typed values, leaves empty ones out and keeps secrets apart", () => {
    const values = { ...initialValues(fields), host: "sftp.example", port: "2222", password: "hush", networks: " a \n\nb", limits: { rate: "1.5" }, extra: '{"a": "b"}' };

    expect(writtenValues(fields, values)).toEqual({
      host: "sftp.example", port: 2222, mode: "strict", networks: ["a", "b"], compress: false, limits: { rate: 1.5 }, extra: { a: "b" },
    });
    expect(writtenSecrets(fields, values)).toEqual([{ name: "password", value: "hush" }]);
  });

  it("names the field whose JSON is broken", () => {
    expect(() => writtenValues(fields, { extra: "{" })).toThrow("Extra is not JSON");
  });

  it("spells names as faults do", () => {
    expect(pathName("host_key")).toBe("hostKey");
  });
});
