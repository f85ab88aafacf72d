// The floor: a Worker that only forwards. It adds the token and does nothing else, so what it costs
// is the runtime's: no Worker that forwards can cost less.

export default {
  async fetch(request, env) {
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.set("authorization", `Bearer ${env.INTERCOM_ACCESS_TOKEN}`);
    const { method, body } = request;
    const answer = await fetch(env.INTERCOM_API_URL + pathname + search, { method, headers, body, redirect: "manual" });
    return new Response(answer.body, answer);
  },
};
