// Calls the client of one dialect: node calls.mjs commerce_layer|rebilly, with {url, token, calls: [[path, ...arguments]]}
// on standard input. Prints what each call gave, in order: {"value"} or {"error"}. Run in the folder of node_modules.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const load = createRequire(`${process.cwd()}/`);

function commerceLayer({ url, token }) {
  const { CommerceLayer } = load("@commercelayer/sdk/bundle");
  const redirect = (input, options) => {
    const asked = new URL(input instanceof Request ? input.url : input);
    return fetch(`${url}${asked.pathname}${asked.search}`, options);
  };
  const client = CommerceLayer({ organization: "export-centre", accessToken: token, fetch: redirect });
  const shown = (value) => (Array.isArray(value) ? { items: [...value], meta: value.meta } : value);
  const failed = (error) => ({ name: error.name, type: error.type, status: error.status, errors: error.errors });
  return { client, shown, failed };
}

function rebilly({ url, token, organization }) {
  const { default: RebillyAPI, RebillyExperimentalAPI } = load("rebilly-js-sdk");
  const options = { apiKey: token, sandbox: true, urls: { live: url, sandbox: url } };
  if (organization) options.organizationId = organization;
  const client = { ...RebillyExperimentalAPI(options), files: RebillyAPI(options).files };
  const shown = (value) => {
    if (value?.items) {
      const { total, limit, offset } = value;
      return { items: value.items.map((one) => one.fields), total, limit, offset };
    }
    if (value?.data instanceof ArrayBuffer || Buffer.isBuffer(value?.data)) {
      return { base64: Buffer.from(value.data).toString("base64") };
    }
    return value?.fields ? { ...value.fields, status_code: value.response.status } : value;
  };
  const failed = (error) => ({
    name: error.name,
    status: error.status,
    message: error.message,
    invalidFields: error.invalidFields,
  });
  return { client, shown, failed };
}

const asked = JSON.parse(readFileSync(0, "utf8"));
const { client, shown, failed } = { commerce_layer: commerceLayer, rebilly }[process.argv[2]](asked);
const said = [];
for (const [path, ...given] of asked.calls) {
  const names = path.split(".");
  const method = names.pop();
  const owner = names.reduce((found, name) => found[name], client);
  try {
    said.push({ value: shown(await owner[method](...given)) ?? null });
  } catch (error) {
    if (error instanceof TypeError || error instanceof ReferenceError) throw error;
    said.push({ error: failed(error) });
  }
}
process.stdout.write(JSON.stringify(said));
