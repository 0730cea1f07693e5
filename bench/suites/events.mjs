// Demo events and their users; a tenth as many users as events.

const tables = [
  { name: 'events', order: 'timestamp',
    columns: [['user_id', 'bigint'], ['event_type', 'text'], ['timestamp', 'timestamp'], ['value', 'double']] },
  { name: 'users', order: 'user_id', columns: [['user_id', 'bigint'], ['name', 'text'], ['country', 'text']] },
];

const trunc = { chdb: (sql) => sql.replaceAll("date_trunc('month', \"timestamp\")", "toStartOfMonth(\"timestamp\")") };

function queries(rows) {
  const user = Math.floor(rows / 10 / 3);
  return [
    { id: 'q1', what: 'count over a range of time',
      sql: `SELECT count(*) FROM events WHERE "timestamp" >= '2023-03-01' AND "timestamp" < '2023-09-15 12:00:00'` },
    { id: 'q2', what: 'filtered sum',
      sql: `SELECT sum(value) FROM events WHERE event_type = 'purchase' AND value > 10` },
    { id: 'q3', what: 'sum, avg, min, max of all rows',
      sql: `SELECT sum(value), avg(value), min(value), max(value) FROM events` },
    { id: 'q4', what: 'group by event_type', ordered: true,
      sql: `SELECT event_type, count(*), sum(value), avg(value) FROM events GROUP BY event_type ORDER BY event_type` },
    { id: 'q5', what: 'group by user_id, top 10 by count', ordered: true,
      sql: `SELECT user_id, count(*) AS n, sum(value) FROM events GROUP BY user_id ORDER BY n DESC, user_id LIMIT 10` },
    { id: 'q6', what: 'group by user_id, all groups counted',
      sql: `SELECT count(*), sum(n), sum(total), max(total) FROM
            (SELECT user_id, count(*) AS n, sum(value) AS total FROM events GROUP BY user_id) AS g` },
    { id: 'q7', what: 'top 10 by value, all columns', ordered: true,
      sql: `SELECT * FROM events ORDER BY value DESC, "timestamp", user_id LIMIT 10` },
    { id: 'q8', what: 'count(distinct user_id)',
      sql: `SELECT count(DISTINCT user_id) FROM events` },
    { id: 'q9', what: 'count(distinct user_id) by event_type', ordered: true,
      sql: `SELECT event_type, count(DISTINCT user_id) FROM events GROUP BY event_type ORDER BY event_type` },
    { id: 'q10', what: "event_type LIKE 'p%'",
      sql: `SELECT count(*), sum(value) FROM events WHERE event_type LIKE 'p%'` },
    { id: 'q11', what: "name LIKE '%son%' of users",
      sql: `SELECT count(*) FROM users WHERE name LIKE '%son%'` },
    { id: 'q12', what: 'join with users, group by country', ordered: true,
      sql: `SELECT u.country, count(*), sum(e.value) FROM events AS e JOIN users AS u ON e.user_id = u.user_id
            GROUP BY u.country ORDER BY u.country` },
    { id: 'q13', what: 'group by month', ordered: true,
      sql: `SELECT date_trunc('month', "timestamp") AS m, count(*), sum(value) FROM events GROUP BY 1 ORDER BY 1`, ...trunc },
    { id: 'q14', what: 'rows of one user', ordered: true,
      sql: `SELECT * FROM events WHERE user_id = ${user} ORDER BY "timestamp"` },
    { id: 'q15', what: 'join of purchases with users of one country', ordered: true,
      sql: `SELECT u.name, sum(e.value) AS total FROM events AS e JOIN users AS u ON e.user_id = u.user_id
            WHERE e.event_type = 'purchase' AND u.country = 'DE' GROUP BY u.user_id, u.name
            ORDER BY total DESC, u.name LIMIT 10` },
  ];
}

export const events = {
  size: 10000000,
  title: (rows) => `${rows.toLocaleString('en')} rows`,
  tables: () => tables,
  generate: (rows) => [['events', '--rows', String(rows)], ['users', '--rows', String(Math.floor(rows / 10))]],
  queries,
};
