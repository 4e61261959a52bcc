// The opponent of POST /actions/parse: Express 5, JSON.parse by its body parser, a split, and nothing else.
import express from 'express';

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.use(express.json());
app.post('/actions/parse', (request, response) => {
  const [name, ...rest] = request.body.text.split(' ');
  const [integration, operation] = name.split('.');
  const params = Object.fromEntries(rest.map((pair) => pair.split('=')));
  response.json({ ok: true, data: { integration, operation, params, parser: 'rule' } });
});
const server = app.listen(0, '127.0.0.1', () => {
  console.log(`listening http://127.0.0.1:${server.address().port}`);
});
