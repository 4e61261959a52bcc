import express from 'express';
import pg from 'pg';

/** The opponent of `inbox.ts`: a bare Express handler that does one INSERT per request. node express-insert.ts PORT URL */
const [port = '', url = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: url, max: 10 });
await pool.query(
  'create table if not exists bench_deliveries (id bigserial primary key, payload jsonb not null)',
);

const app = express();
app.use(express.json());
app.post('/webhooks/clockify', async (request, response) => {
  if (request.headers['x-webhook-secret'] !== 'bench-secret') {
    response.status(401).end();
    return;
  }
  await pool.query({
    name: 'insert',
    text: 'insert into bench_deliveries (payload) values ($1)',
    values: [JSON.stringify(request.body)],
  });
  response.json({ ok: true });
});
app.listen(Number(port), '127.0.0.1', () => console.log('listening'));
