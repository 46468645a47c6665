// A contract's life by openapi-fetch with the types of openapi-typescript: node life_fetch.js ADDRESS TOKEN REFERENCE
import createClient from "openapi-fetch";
import type { components, paths } from "./openapi_typescript_made.js";

const [address, token, reference] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl: address, headers: { Authorization: `Bearer ${token}` } });
const application: components["schemas"]["ContractApplication"] = {
  reference,
  customer: { name: "株式会社さくら動画", email: "keiyaku@example.jp" },
  administrator: { name: "佐藤 花子", email: "sato@example.jp" },
  item: "basic",
  declarations: { laws_accepted: true, rights_cleared: true },
  delivery: { https: false },
};
const made = await client.POST("/v1/contracts", { body: application });
if (!made.data) throw new Error(made.error.detail);
const path = { contract_id: made.data.id };
const body = { billing_starts_on: "2022-05-01" };
await client.POST("/v1/contracts/{contract_id}/accept", { params: { path }, body });
const again = await client.POST("/v1/contracts/{contract_id}/accept", { params: { path }, body });
if (again.error?.type !== "/problems/not-possible") throw new Error("accepted twice");
await client.POST("/v1/contracts/{contract_id}/notify_cancellation", { params: { path }, body: {} });
await client.PUT("/v1/clock", { body: { now: "2022-09-01T00:00:00+09:00" } });
const ended = await client.GET("/v1/contracts/{contract_id}", { params: { path } });
const state: components["schemas"]["ContractState"] | undefined = ended.data?.state;
if (state !== "terminated") throw new Error(`it is ${state}`);
console.log(reference, state);
