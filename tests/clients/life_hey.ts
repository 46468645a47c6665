// A contract's life by the client of hey-api/openapi-ts: node life_hey.js ADDRESS TOKEN REFERENCE
import { client } from "./hey_made/client.gen.js";
import { clockMoveClock, contractsAccept, contractsApply, contractsGet, contractsNotifyCancellation } from "./hey_made/index.js";
import type { ContractState } from "./hey_made/index.js";

const [address, token, reference] = process.argv.slice(2) as [string, string, string];
client.setConfig({ baseUrl: address, auth: token });
const made = await contractsApply({
  body: {
    reference,
    customer: { name: "株式会社さくら動画", email: "keiyaku@example.jp" },
    administrator: { name: "佐藤 花子", email: "sato@example.jp" },
    item: "basic",
    declarations: { laws_accepted: true, rights_cleared: true },
    delivery: { https: false },
  },
});
if (!made.data || !("id" in made.data)) throw new Error(JSON.stringify(made.error));
const path = { contract_id: made.data.id };
const body = { billing_starts_on: "2022-05-01" };
await contractsAccept({ path, body });
const again = await contractsAccept({ path, body });
if (again.error?.type !== "/problems/not-possible") throw new Error("accepted twice");
await contractsNotifyCancellation({ path, body: {} });
await clockMoveClock({ body: { now: "2022-09-01T00:00:00+09:00" } });
const ended = await contractsGet({ path });
const state: ContractState | undefined = ended.data?.state;
if (state !== "terminated") throw new Error(`it is ${state}`);
console.log(reference, state);
