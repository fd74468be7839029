// Runs every audit of graphql-http against a GraphQL endpoint and prints the results as JSON.
// usage: node http_audit.mjs <folder with node_modules> <endpoint>
import { createRequire } from 'node:module';

const [folder, url] = process.argv.slice(2);
const { serverAudits } = createRequire(`${folder}/`)('graphql-http');

const results = [];
for (const audit of serverAudits({ url })) {
  const { id, name, status, reason = '' } = await audit.fn();
  results.push({ id, name, status, reason });
}
console.log(JSON.stringify(results));
