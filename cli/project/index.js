// The Worker of intercom-edge with the classes of its Durable Objects, which wrangler.toml names.
export * from "intercom-edge/worker";
export { default } from "intercom-edge/worker";

// For routes of your own, replace the line `export { default } …` by the lines below. The Worker checks caller keys
// only in its own fetch, so your routes must check who calls them.
//
// import worker from "intercom-edge/worker";
//
// export default {
//   async fetch(request, env, context) {
//     const { pathname } = new URL(request.url);
//     if (pathname === "/own/hello") return new Response("Hello");
//     return worker.fetch(request, env, context);
//   },
// };
