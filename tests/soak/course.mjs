// How far the soak has come: the actors act at shares of it.

import { setTimeout as sleep } from "node:timers/promises";

export const newCourse = (total) => ({ total, done: 0, over: false });

/** Resolves when a share of the sends, 0 to 1, has been made. */
export async function reached(course, share) {
  while (course.done < share * course.total && !course.over) await sleep(5);
}
