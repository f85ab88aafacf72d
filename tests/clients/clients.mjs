// The clients that `npm run clients` runs: which script, which package of npm/ or python/, and as whom.
// `defaultVersion` is the Worker's DEFAULT_VERSION; `pin` the version that the client is told to send.
// `recipe` is what a reader has to set, for docs/clients.md.

const nothing = "nothing";
const header = "the header `Intercom-Version: 2.14`";

export const clients = [
  { name: "@intercom/cli 0.9.0", as: "by default", script: "intercom-cli.mjs", defaultVersion: "1.4", recipe: nothing },
  {
    name: "@intercom/cli 0.9.0",
    as: "with DEFAULT_VERSION=2.14",
    script: "intercom-cli.mjs",
    defaultVersion: "2.14",
    recipe: "`DEFAULT_VERSION=2.14` on the Worker",
  },
  ...["7.0.3", "6.4.0"].map((version) => ({
    name: `intercom-client ${version}`,
    as: "by default",
    script: "intercom-client-6.mjs",
    package: `intercom-client-${version[0]}`,
    defaultVersion: "1.4",
    recipe: `${nothing}; it pins its version itself`,
  })),
  ...["5.0.0", "3.1.5"].flatMap((version) => [
    {
      name: `intercom-client ${version}`,
      as: "by default",
      script: "intercom-client-3.mjs",
      package: `intercom-client-${version[0]}`,
      defaultVersion: "1.4",
      recipe: nothing,
    },
    {
      name: `intercom-client ${version}`,
      as: "pinned to 2.14",
      script: "intercom-client-3.mjs",
      package: `intercom-client-${version[0]}`,
      pin: "2.14",
      defaultVersion: "1.4",
      recipe: '`client.useRequestOpts({ headers: { "Intercom-Version": "2.14" } })`',
    },
  ]),
  ...["2.11.2", "1.1.4"].map((version) => ({
    name: `intercom-client ${version}`,
    as: "by default",
    script: "intercom-client-1.mjs",
    package: `intercom-client-${version[0]}`,
    defaultVersion: "1.4",
    recipe: nothing,
  })),
  ...["5.0.1", "4.0.0"].flatMap((version) => [
    {
      name: `python-intercom ${version}`,
      as: "by default",
      script: "python-intercom-4.py",
      package: `python-intercom-${version[0]}`,
      defaultVersion: "1.4",
      recipe: nothing,
    },
    {
      name: `python-intercom ${version}`,
      as: "pinned to 2.14",
      script: "python-intercom-4.py",
      package: `python-intercom-${version[0]}`,
      pin: "2.14",
      defaultVersion: "1.4",
      recipe:
        version[0] === "5"
          ? '`Intercom(headers={"Intercom-Version": "2.14"})`'
          : '`Intercom(httpx_client=httpx.Client(headers={"Intercom-Version": "2.14"}))`',
    },
  ]),
  {
    name: "python-intercom 3.1.0",
    as: "by default",
    script: "python-intercom-3.py",
    package: "python-intercom-3",
    defaultVersion: "1.4",
    recipe: nothing,
  },
  { name: "n8n-nodes-base 2.41.2", as: "by default", script: "n8n.mjs", defaultVersion: "1.4", recipe: nothing },
  {
    name: "@activepieces/piece-intercom 0.7.5",
    as: "by default",
    script: "activepieces.mjs",
    defaultVersion: "1.4",
    recipe: `${nothing}; it pins 2.11 itself`,
  },
  {
    name: "tap-intercom 2.2.5",
    as: "by default",
    script: "tap-intercom.py",
    package: "tap-intercom",
    defaultVersion: "1.4",
    recipe: `${nothing}; it pins 2.12 itself`,
  },
  {
    name: "dlt 1.31.0 rest_api",
    as: "pinned to 2.14",
    script: "dlt-rest-api.py",
    package: "dlt",
    pin: "2.14",
    defaultVersion: "1.4",
    recipe: header,
  },
  { name: "intercom.io 1.5.0", as: "by default", script: "intercom-io.mjs", defaultVersion: "1.4", recipe: nothing },
];
