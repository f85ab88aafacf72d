// Runs a command that must not outlive the script that started it, however that ends, SIGKILL
// included: standard input is a pipe from there, and when it closes the whole process group goes.
import { spawn } from "node:child_process";

const GRACE_MS = 4000;

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
child.once("error", (error) => {
  console.error(`${command}: ${error.message}`);
  process.exit(127);
});
child.once("exit", (code) => process.exit(code ?? 1));

// The signal to the group comes back here; this one stays to see the others go.
process.on("SIGTERM", () => {});
process.stdin.resume().once("close", () => {
  process.kill(0, "SIGTERM");
  setTimeout(() => process.kill(0, "SIGKILL"), GRACE_MS);
});
