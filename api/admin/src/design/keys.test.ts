import { describe, expect, it } from "vitest";
import { readPublicKey, readSignature } from "./keys";

const X = "7AngPZSzsmiLk9qXNRLOxwlz4cSBoTJbS_dKsXLZIEA";

describe("a public key", () => {
  it("is read as it was printed, and as a JWK", () => {
    expect(readPublicKey(`publisher.key.json: keep it secret\n  kty: OKP\n  crv: Ed25519\n  x: ${X}\n  kid: owls-2026\n`)).toEqual({ kid: "owls-2026", x: X });
    expect(readPublicKey(JSON.stringify({ kty: "OKP", x: X, kid: "owls-2026" }))).toEqual({ kid: "owls-2026", x: X });
  });

  it("is never a private one", () => {
    expect(() => readPublicKey(JSON.stringify({ kty: "OKP", x: X, d: "secret", kid: "owls" }))).toThrow("private key");
    expect(() => readPublicKey("owls")).toThrow("no public key");
  });
});

describe("a signature", () => {
  it("is read from its file, and nothing else is taken for one", () => {
    const signature = { plugin: "owl", version: "1.0", sha256: "00", size: 3, signature: "a.b.c", key: { kid: "owls", x: X } };
    expect(readSignature(JSON.stringify(signature))).toEqual(signature);
    for (const wrong of ["PK", "null", "[]", JSON.stringify({ ...signature, size: "3" })]) {
      expect(() => readSignature(wrong)).toThrow("not the signature of a wheel");
    }
  });
});
