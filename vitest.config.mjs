// The tests that run against the real Worker and the real package. `npm test` runs each project in
// turn; `npx vitest run --project edge` runs one while you work, on what was built last.
import { defineConfig } from "vitest/config";

const shared = {
  // A whole Worker answers here, not a stand-in, and some tests watch time pass.
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // All files of a project share one sandbox.
  fileParallelism: false,
  maxWorkers: 1,
};

const served = { ...shared, globalSetup: "tests/setup.mjs" };

export default defineConfig({
  test: {
    projects: [
      { test: { ...served, name: "edge", include: ["tests/edge/**/*.test.mjs"] } },
      {
        test: {
          ...served,
          name: "npm",
          include: ["tests/npm/**/*.test.mjs"],
          exclude: ["tests/npm/fresh-clone.test.mjs"],
        },
      },
      // The command that the package installs. These tests start what they need.
      { test: { ...shared, name: "cli", include: ["tests/cli/**/*.test.mjs"], testTimeout: 300_000 } },
      { test: { ...served, name: "web", include: ["tests/web/**/*.test.mjs"] } },
      // Starts everything by itself, as a person does.
      { test: { ...shared, name: "fresh-clone", include: ["tests/npm/fresh-clone.test.mjs"], testTimeout: 3_600_000 } },
    ],
  },
});
