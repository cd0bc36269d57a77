/** A tenant's look, made readable: colours are turned until what is written in them or on them has contrast enough. */
import type { BrandFont } from "../generated/operations";

export interface Brand { primaryColour: string | null; secondaryColour: string | null; logo: string | null; font: BrandFont }

type Rgb = [number, number, number];
const ENOUGH = 4.6;
const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
const INK: Rgb = [18, 16, 36];
const DARK: Rgb = [34, 33, 45];
const PALE: Rgb = [240, 240, 245];
const FONTS: Record<BrandFont, string | null> = {
  system: null,
  serif: 'Charter, "Bitstream Charter", "Iowan Old Style", Cambria, Georgia, "Liberation Serif", serif',
  rounded: 'ui-rounded, "Hiragino Maru Gothic ProN", Quicksand, Nunito, Comfortaa, system-ui, sans-serif',
  monospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
};

/** The custom properties that show a brand; nothing for what it leaves open. `dark`: for dark pages. */
export function brandProperties(brand: Brand, dark: boolean): Record<string, string> {
  const found: Record<string, string> = {};
  const font = FONTS[brand.font];
  if (font) found["--font"] = font;
  if (brand.primaryColour) {
    const colour = parse(brand.primaryColour);
    found["--accent"] = brand.primaryColour;
    const strong = readableOn(colour);
    found["--on-accent"] = write(strong);
    // Away from what is written on it, so that it reads no worse under a pointer.
    found["--accent-hover"] = write(mixed(colour, strong === WHITE ? BLACK : WHITE, 0.14));
    found["--accent-text"] = write(dark ? turned(colour, DARK, WHITE) : turned(colour, PALE, INK));
  }
  if (brand.secondaryColour) {
    const rail = parse(brand.secondaryColour);
    const strong = readableOn(rail);
    found["--rail"] = brand.secondaryColour;
    found["--rail-strong"] = write(strong);
    found["--rail-text"] = write(turned(mixed(rail, strong, 0.7), rail, strong));
    found["--rail-2"] = write(mixed(rail, strong, 0.08));
  }
  return found;
}

/** White or ink, whichever reads better on a colour. */
const readableOn = (colour: Rgb): Rgb => (contrast(colour, WHITE) >= contrast(colour, INK) ? WHITE : INK);

/** The colour itself where it reads well on a ground, else as little nearer to `towards` as is needed. */
function turned(colour: Rgb, ground: Rgb, towards: Rgb): Rgb {
  for (let share = 0; share < 1; share += 0.05) {
    const tried = mixed(colour, towards, share);
    if (contrast(tried, ground) >= ENOUGH) return tried;
  }
  return towards;
}

/** The contrast of two colours (WCAG 2.2). */
export function contrast(one: Rgb, other: Rgb): number {
  const [brighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (brighter + 0.05) / (darker + 0.05);
}

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const mixed = (one: Rgb, other: Rgb, share: number): Rgb =>
  one.map((part, place) => Math.round(part + (other[place]! - part) * share)) as Rgb;

export const parse = (text: string): Rgb => [1, 3, 5].map((start) => Number.parseInt(text.slice(start, start + 2), 16)) as Rgb;
const write = (colour: Rgb): string => `#${colour.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
