// Node resolves no import without its extension.
export default { input: "openapi.json", output: { path: "hey_made", module: { extension: ".js" } } };
