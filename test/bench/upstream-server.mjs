// A loopback upstream that answers every request at once, as little as an API can do.
import { createServer } from 'node:http';

const ANSWER = JSON.stringify({ id: '64a687e29ae1f428e7ebe303', name: 'Acme', archived: false });
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(request.method === 'POST' ? 201 : 200, { 'content-type': 'application/json' });
    response.end(ANSWER);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(`listening http://127.0.0.1:${server.address().port}`));
