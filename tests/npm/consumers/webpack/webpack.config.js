export default {
  mode: "production",
  entry: "./page/main.js",
  output: { filename: "main.js", clean: true },
};
