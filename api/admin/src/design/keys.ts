/** Public keys and signatures as the tools of plugin authors write them. */
export interface PublicKey { kid: string; x: string }
export interface WheelSignature { plugin: string; version: string; sha256: string; size: number; signature: string; key: PublicKey }

/** The key in what somebody pasted, a JWK or the lines of `stardust-plugin key`. Raises SyntaxError, for a private key, too. */
export function readPublicKey(text: string): PublicKey {
  const part = (name: string): string => new RegExp(`(?:^|[\\s{,"])${name}"?\\s*[:=]\\s*"?([\\w.@+-]+)`).exec(text)?.[1] ?? "";
  if (part("d")) throw new SyntaxError("This is the private key. Keep it; paste the public part, which has no “d”.");
  const [kid, x] = [part("kid"), part("x")];
  if (!kid || !x) throw new SyntaxError("There is no public key in this: it says “kid” and “x”.");
  return { kid, x };
}

/** What `stardust-plugin sign` wrote beside a wheel. Raises SyntaxError. */
export function readSignature(text: string): WheelSignature {
  let found: Partial<WheelSignature> | null = null;
  try {
    found = JSON.parse(text) as Partial<WheelSignature> | null;
  } catch { /* told below, in the same words as for any other file */ }
  const told = [found?.plugin, found?.version, found?.sha256, found?.signature];
  if (!told.every((each) => typeof each === "string" && each) || typeof found?.size !== "number") {
    throw new SyntaxError("This is not the signature of a wheel: its name ends in .whl.signature.json.");
  }
  return found as WheelSignature;
}
