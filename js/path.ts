/** A path of these segments, none of which can lead to another path. */
export function path(...segments: string[]): string {
  return segments
    .map((segment) => {
      // A URL parser would resolve dots, encoded or not.
      if (typeof segment !== "string" || /^\.{0,2}$/.test(segment)) {
        throw new TypeError("A name or id is a text, and neither empty nor dots");
      }
      return `/${encodeURIComponent(segment)}`;
    })
    .join("");
}

/** A query of the parameters that have a value. */
export function query(parameters: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null);
  return given.length > 0 ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : "";
}
