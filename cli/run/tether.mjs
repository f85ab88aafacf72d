// Runs a command that must not outlive the process that started it, however that ends, SIGKILL included: standard
// input is a pipe from there. When it closes, the command and all its child processes end.
import { spawn, spawnSync } from "node:child_process";

const GRACE_MS = 4000;
const windows = process.platform === "win32";

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], windowsHide: true });
child.once("error", (error) => {
  console.error(`${command}: ${error.message}`);
  process.exit(127);
});
child.once("exit", (code) => process.exit(code ?? 1));

// The signal to the group also reaches this process, which stays until the others have ended.
process.on("SIGTERM", () => {});
process.stdin.resume().once("close", () => {
  // Windows has neither process groups nor signals.
  if (windows) spawnSync("taskkill", ["/pid", String(child.pid), "/t", "/f"], { stdio: "ignore" });
  else process.kill(0, "SIGTERM");
  setTimeout(() => (windows ? process.exit(1) : process.kill(0, "SIGKILL")), GRACE_MS);
});
