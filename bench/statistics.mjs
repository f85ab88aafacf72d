// A few numbers that stand for many.

/** The `share`th of the sorted values, between two of them where it falls there. */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  return sorted[below] + (sorted[Math.ceil(at)] - sorted[below]) * (at - below);
}

export const summary = (values) => ({
  median: quantile(values, 0.5),
  min: Math.min(...values),
  max: Math.max(...values),
  quartiles: [quantile(values, 0.25), quantile(values, 0.75)],
});
