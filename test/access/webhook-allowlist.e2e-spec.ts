import { Controller, Module, Post } from '@nestjs/common';
import request from 'supertest';
import { GuardedByWebhook, Requires } from '../../src/access/access.decorators.js';
import { startTestApp, type TestApp } from '../support/app.js';

@Controller()
class HookController {
  @Post('hooks/test')
  @GuardedByWebhook()
  deliver(): string {
    return 'received';
  }

  @Post('other')
  @Requires('viewer')
  other(): string {
    return 'done';
  }
}

@Module({ controllers: [HookController] })
class HookModule {}

describe('WEBHOOK_IP_ALLOWLIST', () => {
  let behindProxy: TestApp;
  let direct: TestApp;
  const WEBHOOK_IP_ALLOWLIST = '203.0.113.0/24, 2001:db8::/32, ::ffff:198.51.100.0/120';
  beforeAll(async () => {
    const imports = [HookModule];
    behindProxy = await startTestApp({ imports, env: { WEBHOOK_IP_ALLOWLIST, TRUST_PROXY: 'loopback' } });
    direct = await startTestApp({ imports, env: { WEBHOOK_IP_ALLOWLIST } });
  });
  afterAll(async () => {
    await behindProxy.close();
    await direct.close();
  });

  const deliver = (to: TestApp, from: string) =>
    request(to.url).post('/hooks/test').set('X-Forwarded-For', from);

  it.each([
    ['203.0.113.7', 201],
    ['::ffff:203.0.113.7', 201],
    ['2001:db8::7', 201],
    ['198.51.100.9', 201],
    ['192.0.2.1', 403],
    ['2001:db9::7', 403],
    ['127.0.0.1', 403],
    ['not-an-address', 403],
    ['203.0.113.7:4444', 201],
    ['[2001:db8::7]:4444', 201],
    ['192.0.2.1:4444', 403],
    ['203.0.113.7, 192.0.2.1', 403],
    ['192.0.2.1, 203.0.113.7', 201],
  ])('answers a delivery that the proxy has from %s with %i', async (from, status) => {
    await deliver(behindProxy, from).expect(status);
  });

  it('does not believe a forged header when no proxy is trusted', async () => {
    const response = await deliver(direct, '203.0.113.7').expect(403);
    expect(response.body.error).toEqual({
      code: 'forbidden',
      message: 'Webhooks are not accepted from this address',
    });
  });

  it('concerns webhooks only', async () => {
    await request(direct.url).post('/other').expect(201);
  });
});
