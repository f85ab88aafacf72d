// The order of texts in a language: a weight for each character, by which the WebAssembly compares texts.

/**
 * Returns a weight for each character of a text. Characters that differ by case or accents only have the same weight,
 * unless the language counts them as letters of their own, as Swedish does `å`.
 */
export function weightsOf(characters: string, locales: readonly string[]): Uint32Array {
  const distinct = [...characters];
  const { compare } = new Intl.Collator([...locales], { sensitivity: "base" });
  const order = distinct.map((_, index) => index).sort((a, b) => compare(distinct[a]!, distinct[b]!));
  const weights = new Uint32Array(distinct.length);
  let weight = 1;
  for (const [place, index] of order.entries()) {
    const before = distinct[order[place - 1] ?? index]!;
    if (compare(before, distinct[index]!) !== 0) weight++;
    weights[index] = weight;
  }
  return weights;
}
