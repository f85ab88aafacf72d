// A listing from nothing, and then several more: what a script pays in all, and what a listing costs.

/**
 * `load` gives the contestant's way to list; `now` what has been spent so far, `{ cpu, wall, peak }` in
 * milliseconds and bytes. `first` is from nothing, `again` the mean of `times`: one alone is shorter
 * than what the collector of garbage adds to some and not to others.
 */
export async function run({ load, now, settle, times }) {
  const from = await now();
  const list = await load();
  await list();
  const first = spent(from, await now());
  await settle();
  const begun = await now();
  let all;
  for (let time = 0; time < times; time += 1) {
    // Two lists at once would be work for the collector that nobody asked for.
    all = undefined;
    all = await list();
  }
  return { first, again: spent(begun, await now(), times), all };
}

const spent = (from, to, times = 1) => ({
  cpu: (to.cpu - from.cpu) / times,
  wall: (to.wall - from.wall) / times,
  peak: to.peak - from.peak,
});
