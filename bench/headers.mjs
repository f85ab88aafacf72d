// The headers that pass, either way, in the Hono Worker: those that pass in ours.

export const sentHeaders = [
  "accept",
  "accept-language",
  "content-type",
  "if-none-match",
  "user-agent",
  "x-fern-language",
  "x-fern-runtime",
  "x-fern-runtime-version",
  "x-fern-sdk-name",
  "x-fern-sdk-version",
];

export const passedHeaders = [
  "content-disposition",
  "content-encoding",
  "content-type",
  "etag",
  "intercom-version",
  "link",
  "request-id",
  "retry-after",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
  "x-request-id",
  "x-intercom-version",
];
