export default { outputFileTracingRoot: process.cwd(), turbopack: { root: process.cwd() } };
