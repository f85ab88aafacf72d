// Lists the lines of Rust, JavaScript and TypeScript that have more than 120 columns. The formatters
// leave long strings and comments alone.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";

const COLUMNS = 120;
const FILES = ["*.rs", "*.mjs", "*.js", "*.ts", "*.tsx"];

const known = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", ...FILES], {
  cwd: root,
  encoding: "utf8",
});
const long = known
  .split("\n")
  .filter((file) => file && existsSync(join(root, file)))
  .flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .map((line, index) => ({ place: `${file}:${index + 1}`, columns: [...line].length }))
      .filter(({ columns }) => columns > COLUMNS),
  );
for (const { place, columns } of long) console.log(`${place}: ${columns} columns, ${COLUMNS} are the most`);
process.exit(long.length > 0 ? 1 : 0);
