import axios from 'axios';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { Agent as HttpsAgent, createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type LookupFunction, type Server } from 'node:net';
import { type Handler, sendJson, startHttpServer, type TestServer } from '../../test/support/http-server.js';
import { SELF_SIGNED } from '../../test/support/self-signed.js';
import { until } from '../../test/support/until.js';
import { Departure } from './departure.js';

/** A permit that the test takes away. */
function permit(isHeld = true) {
  return { isHeld, renew: async () => undefined };
}

function post(
  url: string,
  departure: Departure,
  agents: { httpAgent?: Agent; httpsAgent?: HttpsAgent } = {},
) {
  const { transport } = departure;
  return axios.post(url, { n: 1 }, { transport, maxRedirects: 0, proxy: false, ...agents }).then(
    (response) => response.status,
    () => 'failed',
  );
}

describe('a write on its way out', () => {
  let server: TestServer;
  let answer: Handler;
  const ok: Handler = (_request, response) => sendJson(response, {});
  beforeAll(async () => {
    server = await startHttpServer((request, response) => answer(request, response));
  });
  afterAll(() => server.close());
  beforeEach(() => {
    answer = ok;
    server.received.length = 0;
  });

  it('leaves while its permit is held, and says that it has', async () => {
    const departure = new Departure(permit());
    expect(await post(server.url, departure)).toBe(200);
    expect(departure).toMatchObject({ hasLeft: true, isWithheld: false });
    expect(server.received).toHaveLength(1);
  });

  it('needs no permit where there is none to be had', async () => {
    expect(await post(server.url, new Departure(undefined))).toBe(200);
  });

  it('has not left where there is nobody to connect to', async () => {
    const departure = new Departure(permit());
    const free = await startHttpServer(ok);
    await free.close();
    expect(await post(free.url, departure)).toBe('failed');
    expect(departure).toMatchObject({ hasLeft: false, isWithheld: false });
  });

  it('is withheld when its permit runs out while it connects', async () => {
    const looking = Promise.withResolvers<() => void>();
    const lookup: LookupFunction = (_name, { all }, found) =>
      looking.resolve(() =>
        all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4),
      );
    const held = permit();
    const departure = new Departure(held);
    const sent = post(`http://service.test:${server.port}`, departure, {
      httpAgent: new Agent({ lookup } as object),
    });
    const goOn = await looking.promise;
    held.isHeld = false;
    goOn();
    expect(await sent).toBe('failed');
    expect(departure).toMatchObject({ hasLeft: false, isWithheld: true });
    expect(server.received).toEqual([]);
  });

  it('is withheld when its permit runs out while it waits for a connection', async () => {
    const httpAgent = new Agent({ keepAlive: true, maxSockets: 1 });
    const first = Promise.withResolvers<() => void>();
    answer = (_request, response) => first.resolve(() => sendJson(response, {}));
    const before = post(server.url, new Departure(permit()), { httpAgent });
    const finish = await first.promise;
    const held = permit();
    const departure = new Departure(held);
    const sent = post(server.url, departure, { httpAgent });
    held.isHeld = false;
    finish();
    expect([await before, await sent]).toEqual([200, 'failed']);
    expect(departure).toMatchObject({ hasLeft: false, isWithheld: true });
    expect(server.received).toHaveLength(1);
  });

  it('is withheld on a connection that was kept, too', async () => {
    const httpAgent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await post(server.url, new Departure(permit()), { httpAgent })).toBe(200);
    expect(await post(server.url, new Departure(permit(false)), { httpAgent })).toBe('failed');
    expect(server.received).toHaveLength(1);
    expect(await post(server.url, new Departure(permit()), { httpAgent })).toBe(200);
  });
});

describe('a write on its way out under TLS', () => {
  let target: ReturnType<typeof createHttpsServer>;
  let slow: Server;
  let received = 0;
  let goOn = (): void => undefined;
  const isGreeted = (): Promise<unknown> => until(() => greetings === 1);
  let greetings = 0;
  beforeAll(async () => {
    target = createHttpsServer(SELF_SIGNED, (_request, response) => {
      received++;
      response.end('{}');
    }).listen(0, '127.0.0.1');
    await once(target, 'listening');
    // Passes the client's greeting on when the test says so: until then the handshake is under way.
    slow = createServer((client) => {
      const upstream = connect((target.address() as AddressInfo).port, '127.0.0.1');
      client.pause();
      greetings++;
      goOn = () => void client.pipe(upstream);
      upstream.pipe(client);
      for (const socket of [client, upstream]) socket.on('error', () => undefined);
      client.on('close', () => upstream.destroy());
    }).listen(0, '127.0.0.1');
    await once(slow, 'listening');
  });
  afterAll(() => {
    target.close();
    slow.close();
  });
  beforeEach(() => {
    received = 0;
    greetings = 0;
  });
  const send = (departure: Departure, rejectUnauthorized = false) =>
    post(`https://127.0.0.1:${(slow.address() as AddressInfo).port}`, departure, {
      httpsAgent: new HttpsAgent({ rejectUnauthorized }),
    });

  it('leaves after the handshake', async () => {
    const departure = new Departure(permit());
    const sent = send(departure);
    await isGreeted();
    goOn();
    expect(await sent).toBe(200);
    expect(received).toBe(1);
  });

  it('is withheld when its permit runs out during the handshake', async () => {
    const held = permit();
    const departure = new Departure(held);
    const sent = send(departure);
    await isGreeted();
    held.isHeld = false;
    goOn();
    expect(await sent).toBe('failed');
    expect(departure).toMatchObject({ hasLeft: false, isWithheld: true });
    expect(received).toBe(0);
  });

  it('has not left where the certificate is refused', async () => {
    const departure = new Departure(permit());
    const sent = send(departure, true);
    await isGreeted();
    goOn();
    expect(await sent).toBe('failed');
    expect(departure).toMatchObject({ hasLeft: false, isWithheld: false });
    expect(received).toBe(0);
  });
});
