// Builds the page to the Worker's static assets, which it serves under /dashboard/.
import { copyFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const assets = new URL("../build/assets/", import.meta.url);

/** Workers read `_headers` at the root of the assets, one level above the page. */
const securityHeaders: Plugin = {
  name: "security-headers",
  apply: "build",
  async writeBundle() {
    await copyFile(new URL("_headers", import.meta.url), new URL("_headers", assets));
  },
};

export default defineConfig({
  // Relative, because a server in front of the Worker may add a prefix to the path.
  base: "./",
  plugins: [securityHeaders],
  build: {
    outDir: fileURLToPath(new URL("dashboard/", assets)),
    emptyOutDir: true,
    target: "es2022",
    // The page's Content-Security-Policy allows only its own origin, so assets must not become data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
