import { dashboard } from "../../../dashboard.js";

export const dynamic = "force-dynamic";

export default async function Page() {
  const { WORKER_URL: workerUrl, CALLER_KEY: callerKey } = process.env;
  const result = await dashboard({ workerUrl, callerKey, consumer: "Next.js, server component" });
  return (
    <>
      <title>{JSON.stringify(result)}</title>
      <p>On the server</p>
    </>
  );
}
