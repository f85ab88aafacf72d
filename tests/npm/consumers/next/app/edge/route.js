import { dashboard } from "../../../dashboard.js";

export const runtime = "edge";
export const dynamic = "force-dynamic";

// As where it is deployed: Next.js itself only warns, in development.
WebAssembly.compile = () => Promise.reject(new WebAssembly.CompileError("The Edge Runtime compiles no WebAssembly"));

export async function GET() {
  const { WORKER_URL: workerUrl, CALLER_KEY: callerKey, NODE_ENV: mode } = process.env;
  return Response.json(await dashboard({ workerUrl, callerKey, consumer: `Next.js, Edge runtime, ${mode}` }));
}
