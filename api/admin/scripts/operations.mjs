// Writes src/generated/operations.ts: a typed document for every operation in src/operations, checked against schema.graphql.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { codegen } from "@graphql-codegen/core";
import * as documentNodes from "@graphql-codegen/typed-document-node";
import * as operationTypes from "@graphql-codegen/typescript-operations";
import { buildASTSchema, parse, validate } from "graphql";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const schema = parse(readFileSync(path("../../../schema.graphql"), "utf8"));
const schemaAst = buildASTSchema(schema);
const folder = path("../src/operations/");
const documents = readdirSync(folder)
  .filter((name) => name.endsWith(".graphql"))
  .sort()
  .map((name) => ({ location: name, document: parse(readFileSync(`${folder}${name}`, "utf8")) }));

const whole = { kind: "Document", definitions: documents.flatMap(({ document }) => document.definitions) };
const faults = validate(schemaAst, whole);
if (faults.length) {
  console.error(faults.map((fault) => fault.toString()).join("\n\n"));
  process.exit(1);
}

const scalars = { ID: { input: "string", output: "string" }, Bytes: "number", Date: "string", DateTime: "string", Decimal: "string", JSON: "unknown" };
const config = {
  scalars, documentMode: "string", useTypeImports: true, enumsAsTypes: true, enumType: "string-literal",
  skipTypename: true, dedupeFragments: true, strictScalars: true,
};
const written = await codegen({
  filename: "operations.ts",
  schema,
  schemaAst,
  documents,
  config,
  plugins: [{ operationTypes: {} }, { documentNodes: {} }],
  pluginMap: { operationTypes, documentNodes },
});
mkdirSync(path("../src/generated"), { recursive: true });
writeFileSync(path("../src/generated/operations.ts"), written);
