// The tasks besides searching: filters, orders and counts, as the directory takes them (`request`) and as functions
// of a person for an array.

/** The rows of an answer. */
export const FIRST = 50;

const DAY = 86_400;
const PLANS = ["free", "pro", "team"];
const COUNTRIES = ["Ireland", "United States", "Germany", "Japan"];
const SINCE = 1_750_000_000;

const is = (field, value) => ({ field, operator: "=", value });
const plan = (person) => person.custom_attributes.plan;
const logins = (person) => person.custom_attributes.logins;
const country = (person) => person.location.country;
const createdAt = (person) => person.created_at;
const seenAt = (person) => person.last_seen_at;

const filtered = PLANS.flatMap((wantedPlan) =>
  COUNTRIES.map((wantedCountry) => ({
    task: "filter, two-key sort, first 50",
    request: {
      where: {
        operator: "AND",
        value: [
          is("custom_attributes.plan", wantedPlan),
          is("location.country", wantedCountry),
          { field: "created_at", operator: ">", value: SINCE },
        ],
      },
      sort: [
        { field: "custom_attributes.logins", order: "descending" },
        { field: "created_at", order: "descending" },
      ],
    },
    matches: (person) => plan(person) === wantedPlan && country(person) === wantedCountry && createdAt(person) > SINCE,
    order: [
      { of: logins, descending: true },
      { of: createdAt, descending: true },
    ],
  })),
);

const byTimes = {
  request: {
    sort: [
      { field: "last_seen_at", order: "descending" },
      { field: "created_at", order: "ascending" },
    ],
  },
  order: [{ of: seenAt, descending: true }, { of: createdAt }],
};

/**
 * Tasks of one name are samples of one figure, and `times` repeats one within a round. The answer of a task that
 * `isMiddle` begins with the row in the middle.
 */
export const tasks = [
  ...filtered,
  { task: "everybody by two times, first 50", times: 3, ...byTimes },
  { task: "everybody by two times, 50 in the middle", times: 3, ...byTimes, isMiddle: true },
  {
    task: "everybody by name, 50 in the middle",
    times: 3,
    request: { sort: [{ field: "name", order: "ascending" }] },
    order: [{ of: (person) => person.name }],
    isMiddle: true,
    ranks: "name",
  },
  { task: "count by plan", times: 3, count: { field: "custom_attributes.plan", by: "value" }, by: { of: plan } },
  { task: "count by country", times: 3, count: { field: "location.country", by: "value" }, by: { of: country } },
  {
    task: "count by day",
    times: 3,
    count: { field: "created_at", by: "day", time_zone_offsets: null },
    by: { of: (person) => Math.floor(createdAt(person) / DAY), isDay: true },
  },
];
