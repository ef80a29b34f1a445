// node-postgres: unnamed and named statements, portals read in pages, a pool. Connection settings come from PG* variables.
const assert = require("node:assert");
const { Client, Pool } = require("pg");
const Cursor = require("pg-cursor");

const [granted, refused, parametrised] = process.argv.slice(2);

function check(rows) {
  const expected = [1, 2].map((i) => [i, "name" + i, "******", "C****************mple", 1987650000]);
  assert.deepStrictEqual(rows.map((r) => [r.id, r.name, r.ssn, r.email, r.salary]), expected);
}

const isRefused = (query) => assert.rejects(query, (e) => e.code === "42501" && /may not run this statement/.test(e.message) && /jitproxy request/.test(e.hint));

async function main() {
  const client = new Client();
  await client.connect();
  check((await client.query(granted)).rows);
  await isRefused(client.query(refused));
  await isRefused(client.query({ name: "refused", text: refused }));
  for (let i = 0; i < 10; i++) check((await client.query({ name: "granted", text: granted })).rows);
  for (let i = 1; i < 9; i++) assert.deepStrictEqual((await client.query({ name: "one", text: parametrised, values: [i] })).rows, [{ id: i, ssn: "******" }]);

  // Execute with a row limit: the whole result in pages of one.
  check((await client.query({ text: granted, rows: 1 })).rows);

  const cursor = client.query(new Cursor(granted));
  const [first] = await cursor.read(1);
  assert.strictEqual(first.ssn, "******");
  const [second] = await cursor.read(1);
  assert.strictEqual(second.id, 2);
  assert.deepStrictEqual(await cursor.read(1), []);
  await cursor.close();

  const left = client.query(new Cursor(granted));
  await left.read(1);
  await left.close();
  check((await client.query(granted)).rows);

  await client.query("BEGIN");
  await isRefused(client.query(refused));
  await assert.rejects(client.query(granted), (e) => e.code === "25P02");
  await client.query("ROLLBACK");
  check((await client.query(granted)).rows);
  const several = await client.query(`SELECT 1 AS one; ${granted}`);
  assert.strictEqual(several.length, 2);
  check(several[1].rows);
  await client.query("");
  await client.query("DISCARD ALL");
  await client.end();

  const pool = new Pool({ max: 8 });
  await Promise.all(Array.from({ length: 100 }, async (_, i) => (i % 10 === 0 ? isRefused(pool.query(refused)) : check((await pool.query(granted)).rows))));
  await pool.end();
  console.log("done");
}

main().catch((e) => {
  console.error(e);
  process.exit(1);
});
