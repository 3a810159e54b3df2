// Loaded before the CLI: sends what goes to the service's own host to a centre, with the centre's token.
const { CENTRE_URL, CENTRE_TOKEN } = process.env;
const real = globalThis.fetch;

globalThis.fetch = (input, options = {}) => {
  const asked = new URL(input instanceof Request ? input.url : input);
  if (!asked.hostname.startsWith("export-centre.")) return real(input, options);
  const headers = new Headers(options.headers ?? input.headers);
  headers.set("Authorization", `Bearer ${CENTRE_TOKEN}`);
  return real(`${CENTRE_URL}${asked.pathname}${asked.search}`, { ...options, headers });
};
