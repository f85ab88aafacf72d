// Starts the browser that the tests' pages run in.
import { chromium } from "playwright-core";

const { CHROMIUM = "/usr/bin/chromium" } = process.env;

/** The browser asks no server of its own, and runs in a container too. */
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const launch = () => chromium.launch({ executablePath: CHROMIUM, args: ARGS });
