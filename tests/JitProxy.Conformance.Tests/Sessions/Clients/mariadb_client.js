// MariaDB's own connector for node: pipelines, prepares and runs in one go, a pool that resets. Port, password and authority come from the environment.
const assert = require("node:assert");
const fs = require("node:fs");
const mariadb = require("mariadb");

const [granted, refused, numbered] = process.argv.slice(2);
const authority = process.env.CLIENT_CA;
const settings = {
  host: "127.0.0.1", port: Number(process.env.MYSQL_TCP_PORT), user: "alice", password: process.env.MYSQL_PWD, database: "app", timezone: "Z",
  allowPublicKeyRetrieval: true, ...(authority ? { ssl: { ca: fs.readFileSync(authority) } } : {}),
};
const row = (i) => ({ id: i, name: "name" + i, ssn: "******", email: "C****************mple", salary: 1987650000, born: new Date("1960-01-01"), worth: "4987650000" });
const check = (rows) => assert.deepStrictEqual(rows.map((r) => ({ ...r })), [row(1), row(2)]);
const names = (rows) => rows.map((r) => Object.values(r)[0]).sort();
const isRefused = (query) =>
  assert.rejects(query, (e) => e.errno === 1142 && e.sqlState === "42000" && /may not run this statement/.test(e.message) && /jitproxy request --denied/.test(e.message));

async function main() {
  const connection = await mariadb.createConnection(settings);
  check(await connection.query(granted));
  for (let i = 1; i < 9; i++) assert.deepStrictEqual({ ...(await connection.execute(numbered, [i]))[0] }, row(i));
  await isRefused(connection.query(refused));
  await isRefused(connection.execute(refused));
  check(await connection.execute(granted));
  assert.deepStrictEqual((await connection.batch(numbered, [[1], [2]])).map((r) => r.ssn), ["******", "******"]);
  const prepared = await connection.prepare(numbered);
  assert.deepStrictEqual({ ...(await prepared.execute([3]))[0] }, row(3));
  prepared.close();

  // Everything in one go, and every answer in its place.
  const all = await Promise.allSettled(Array.from({ length: 30 }, (_, i) => connection.query(i % 3 === 0 ? refused : granted)));
  all.forEach((one, i) => (i % 3 === 0 ? assert.strictEqual(one.reason.errno, 1142) : check(one.value)));
  const streamed = [];
  for await (const one of connection.queryStream(granted)) streamed.push(one);
  check(streamed);

  await connection.ping();
  assert.ok(connection.isValid());
  await connection.beginTransaction();
  await isRefused(connection.query(refused));
  check(await connection.query(granted));
  await connection.rollback();
  const tables = names(await connection.query("SHOW TABLES"));
  for (const table of ["customers", "kinds", "orders", "people"]) assert.ok(tables.includes(table), table);
  assert.deepStrictEqual(names(await connection.query("SHOW FULL COLUMNS FROM orders")), ["customer_id", "id", "note"]);
  assert.deepStrictEqual(names(await connection.query("SHOW INDEX FROM orders")), ["orders", "orders"]);
  await connection.reset();
  check(await connection.query(granted));
  await connection.query("USE other");
  assert.deepStrictEqual(names(await connection.query("SELECT DATABASE()")), ["other"]);
  await isRefused(connection.query(granted));
  await connection.end();

  const pool = mariadb.createPool({ ...settings, connectionLimit: 4, resetAfterUse: true });
  await Promise.all(
    Array.from({ length: 60 }, async (_, i) => (i % 10 === 0 ? isRefused(pool.query(refused)) : check(await (i % 2 ? pool.execute(granted) : pool.query(granted))))));
  await pool.end();
  console.log("done");
}

main().catch((e) => {
  console.error(e);
  process.exit(1);
});
