import { Controller, Get, Module, Param, Post, Req, Res, UnauthorizedException } from '@nestjs/common';
import type { Response } from 'express';
import request from 'supertest';
import { GuardedByWebhook, Public, Requires } from '../../src/access/access.decorators.js';
import { RouteNeeds } from '../../src/http/route-policy.js';
import type { AppRequest } from '../../src/observability/request-context.js';
import { AuthFailures } from '../../src/throttling/auth-failures.js';
import { ThrottlingModule } from '../../src/throttling/throttling.module.js';
import { startTestApp, type TestApp } from '../support/app.js';

@Controller()
class LimitedController {
  constructor(private readonly failures: AuthFailures) {}

  @Get('items/:id')
  @Requires('viewer')
  item(@Param('id') id: string): string {
    return id;
  }

  @Get('others')
  @Requires('viewer')
  others(): string {
    return 'others';
  }

  @Get('probe-like')
  @Public()
  @RouteNeeds({ rate: 'none' })
  open(): string {
    return 'open';
  }

  @Post('hooks/test')
  @GuardedByWebhook()
  @RouteNeeds({ rate: 'webhooks', body: 'raw' })
  async deliver(@Req() req: AppRequest, @Res({ passthrough: true }) res: Response): Promise<string> {
    if (req.headers['x-signature'] === 'right') return 'received';
    await this.failures.count(req, res);
    throw new UnauthorizedException('The signature is wrong');
  }
}

@Module({ imports: [ThrottlingModule], controllers: [LimitedController] })
class LimitedModule {}

const KEYS = { one: 'first-secret-0001', two: 'second-secret-0001', small: 'third-secret-0001' };

describe('limits', () => {
  let service: TestApp;
  let addressCount = 0;
  beforeAll(async () => {
    service = await startTestApp({
      imports: [LimitedModule],
      env: {
        HOST: '0.0.0.0',
        TRUST_PROXY: 'loopback',
        API_KEYS: `one:viewer:${KEYS.one},two:viewer:${KEYS.two}`,
        RATE_LIMIT_PER_MINUTE: '6',
        RATE_LIMIT_BURST: '3',
        WEBHOOK_RATE_LIMIT_PER_MINUTE: '8',
        AUTH_FAILURE_RATE_LIMIT_PER_MINUTE: '2',
      },
    });
  });
  afterAll(() => service.close());

  const newAddress = (): string => `198.51.100.${++addressCount}`;
  const get = (path: string, { from = newAddress(), key = '' } = {}) => {
    const call = request(service.url).get(path).set('X-Forwarded-For', from);
    return key === '' ? call : call.set('X-Api-Key', key);
  };
  const deliver = (from: string, signature: string) =>
    request(service.url).post('/hooks/test').set({ 'X-Forwarded-For': from, 'X-Signature': signature });
  const statuses = async (count: number, call: () => request.Test) => {
    const all: number[] = [];
    for (let i = 0; i < count; i++) all.push((await call()).status);
    return all;
  };

  it('says on every answer what is left, and on a refusal when to come back', async () => {
    const first = await get('/items/1', { key: KEYS.one }).expect(200);
    expect(first.headers).toMatchObject({
      'ratelimit-limit': '3',
      'ratelimit-remaining': '2',
      'ratelimit-reset': '10',
    });
    await statuses(2, () => get('/items/1', { key: KEYS.one }));
    const refused = await get('/items/1', { key: KEYS.one }).expect(429);
    expect(refused.body).toEqual({
      ok: false,
      error: { code: 'rate_limited', message: expect.stringContaining('try again in') },
      requestId: refused.headers['x-request-id'],
    });
    expect(refused.headers).toMatchObject({ 'ratelimit-limit': '3', 'ratelimit-remaining': '0' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(8);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(10);
    expect(Number(refused.headers['ratelimit-reset'])).toBeGreaterThan(20);
  });

  it('counts by the path of the route, whatever the ids in it', async () => {
    let id = 0;
    const key = KEYS.two;
    expect(await statuses(4, () => get(`/items/${++id}?x=${id}`, { key }))).toEqual([200, 200, 200, 429]);
    await get('/others', { key }).expect(200);
  });

  it('counts a key by itself, whatever addresses it comes from', async () => {
    expect(await statuses(4, () => get('/others', { key: KEYS.one }))).toEqual([200, 200, 200, 429]);
  });

  it('never throttles a public route, and spends no headers on it', async () => {
    const from = newAddress();
    expect(new Set(await statuses(30, () => get('/probe-like', { from })))).toEqual(new Set([200]));
    const response = await get('/probe-like', { from });
    expect(Object.keys(response.headers).filter((name) => name.startsWith('ratelimit'))).toEqual([]);
  });

  it('counts missing and wrong keys in a strict bucket of the address, over all routes', async () => {
    const from = newAddress();
    await get('/items/1', { from }).expect(401);
    const second = await get('/others', { from, key: KEYS.small }).expect(401);
    expect(second.headers['ratelimit-limit']).toBe('2');
    await get('/items/2', { from }).expect(429);
    await get('/others').expect(401);
  });

  it('still admits a valid key from an address that has failed too often', async () => {
    const service2 = await startTestApp({
      imports: [LimitedModule],
      env: { HOST: '0.0.0.0', API_KEYS: `one:viewer:${KEYS.one}`, AUTH_FAILURE_RATE_LIMIT_PER_MINUTE: '1' },
    });
    const call = (key: string) => request(service2.url).get('/others').set('X-Api-Key', key);
    await call('wrong-key').expect(401);
    await call('wrong-key').expect(429);
    await call(KEYS.one).expect(200);
    await service2.close();
  });

  it('gives webhooks a limit of their own', async () => {
    const from = newAddress();
    const all = await statuses(9, () => deliver(from, 'right'));
    expect(all).toEqual([201, 201, 201, 201, 201, 201, 201, 201, 429]);
  });

  it('counts a webhook that proves nothing in the strict bucket, and lets a genuine one pass', async () => {
    const from = newAddress();
    expect(await statuses(4, () => deliver(from, 'wrong'))).toEqual([401, 401, 429, 429]);
    await deliver(from, 'right').expect(201);
  });

  it('takes an IPv6 client by its /64', async () => {
    let host = 0;
    const call = () => get('/items/1', { from: `2001:db8:0:1::${++host}` });
    expect(await statuses(3, call)).toEqual([401, 401, 429]);
    await get('/items/1', { from: '2001:db8:0:2::1' }).expect(401);
  });

  it('takes an IPv4-mapped address for the IPv4 address', async () => {
    const from = newAddress();
    await statuses(2, () => get('/items/1', { from }));
    await get('/items/1', { from: `::ffff:${from}` }).expect(429);
  });
});

describe('limits behind a proxy that forwards nonsense', () => {
  it('counts by the address of the proxy instead', async () => {
    const service = await startTestApp({
      imports: [LimitedModule],
      env: { AUTH_MODE: 'open', TRUST_PROXY: 'loopback', RATE_LIMIT_PER_MINUTE: '1' },
    });
    await request(service.url).get('/others').expect(200);
    for (const from of ['not-an-address', '', '198.51.100.250:port', '<script>', '%eth0', ', ,']) {
      await request(service.url).get('/others').set('X-Forwarded-For', from).expect(429);
    }
    await service.close();
  });
});

describe('limits without a trusted proxy', () => {
  it('ignores X-Forwarded-For, however many values it has', async () => {
    const service = await startTestApp({
      imports: [LimitedModule],
      env: { AUTH_MODE: 'open', HOST: '0.0.0.0', RATE_LIMIT_PER_MINUTE: '3', LOG_LEVEL: 'info' },
    });
    const forged = ['198.51.100.1', '198.51.100.2, 10.0.0.1', '2001:db8::1, 1.1.1.1, 2.2.2.2', 'x, y, z'];
    const all: number[] = [];
    for (const value of forged) {
      all.push((await request(service.url).get('/others').set('X-Forwarded-For', value)).status);
    }
    expect(all).toEqual([200, 200, 200, 429]);
    expect(new Set(service.logs.filter((l) => l['message'] === 'request').map((l) => l['client']))).toEqual(
      new Set(['127.0.0.1']),
    );
    await service.close();
  });
});
