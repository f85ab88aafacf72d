import { dashboard } from "../dashboard.js";

const { WORKER_URL: workerUrl, CALLER_KEY: callerKey, CONSUMER: consumer } = process.env;
console.log(JSON.stringify(await dashboard({ workerUrl, callerKey, consumer })));
