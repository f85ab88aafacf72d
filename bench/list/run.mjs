// One listing, from nothing and once more: what a script pays in all, and what the listing itself costs.

/** `load` gives the contestant; `now` what has been spent so far: `{ cpu, wall }`, milliseconds. */
export async function run(load, now, settle) {
  const from = await now();
  const list = (await load())();
  await list(Infinity);
  const whole = spent(from, await now());
  // The second time everything is loaded and compiled.
  await settle();
  const begun = await now();
  const all = await list(Infinity);
  return { ...spent(begun, await now()), whole, all };
}

const spent = (from, to) => ({ cpu: to.cpu - from.cpu, wall: to.wall - from.wall });
