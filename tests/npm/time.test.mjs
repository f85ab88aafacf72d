// Times of Intercom's as dates.

import { toDate } from "intercom-edge";
import { expect, test } from "vitest";

test.each([
  [0, "1970-01-01T00:00:00.000Z"],
  [1538454618, "2018-10-02T04:30:18.000Z"],
  [1538454618.25, "2018-10-02T04:30:18.250Z"],
  ["1538454618", "2018-10-02T04:30:18.000Z"],
  [" -5 ", "1969-12-31T23:59:55.000Z"],
  ["2018-10-03", "2018-10-03T00:00:00.000Z"],
  ["2018-10-03T01:02", "2018-10-03T01:02:00.000Z"],
  ["2018-10-03T01:02:03.250Z", "2018-10-03T01:02:03.250Z"],
  ["2018-10-03T01:02:03+09:00", "2018-10-02T16:02:03.000Z"],
  ["2018-10-03 01:02:03 -0500", "2018-10-03T06:02:03.000Z"],
  ["2018-10-03T01:02:03+09", "2018-10-02T16:02:03.000Z"],
])("%j is %s in any time zone", (time, expected) => {
  const zone = process.env.TZ;
  try {
    for (process.env.TZ of ["UTC", "Asia/Tokyo", "America/New_York"]) expect(toDate(time).toISOString()).toBe(expected);
  } finally {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  }
});

test("no time is undefined", () => {
  expect([toDate(null), toDate(undefined), toDate()]).toEqual([undefined, undefined, undefined]);
});

test.each([
  [1538454618000],
  ["1538454618000"],
  [NaN],
  [Infinity],
  [""],
  ["yesterday"],
  ["2018-13-45"],
  ["2018-10-03T25:00"],
  [{}],
  [[]],
  [true],
  [7n],
  [new Date()],
])("%s is not a time", (time) => {
  expect(() => toDate(time)).toThrow(
    expect.objectContaining({ name: "ArgumentError", argument: "time", message: expect.stringContaining("seconds") }),
  );
});
