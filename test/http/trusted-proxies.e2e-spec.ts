import request from 'supertest';
import { startTestApp, type TestApp } from '../support/app.js';
import { ProbeModule } from '../support/probe.module.js';
import { until } from '../support/until.js';

/** Which address the service believes, read from its access line. */
async function believedAddress(service: TestApp, forwardedFor: string): Promise<unknown> {
  const requestId = `addr-${service.logs.length}`;
  await request(service.url)
    .get('/probe/items/1')
    .set('X-Forwarded-For', forwardedFor)
    .set('X-Request-ID', requestId);
  const line = (): Record<string, unknown> | undefined =>
    service.logs.find((l) => l['request_id'] === requestId);
  await until(() => line() !== undefined, { what: 'the access line' });
  return line()?.['client'];
}

describe('TRUST_PROXY', () => {
  const start = (env: Record<string, string>): Promise<TestApp> =>
    startTestApp({ env: { LOG_LEVEL: 'info', ...env }, imports: [ProbeModule] });

  it('believes nobody by default', async () => {
    const service = await start({});
    expect(await believedAddress(service, '203.0.113.9')).toBe('127.0.0.1');
    await service.close();
  });

  it('believes the proxies whose addresses it names, and what they pass on only as far as they are named', async () => {
    const service = await start({ TRUST_PROXY: 'loopback, 10.0.0.0/8' });
    expect(await believedAddress(service, '203.0.113.9')).toBe('203.0.113.9');
    expect(await believedAddress(service, '198.51.100.1, 203.0.113.9, 10.1.1.1')).toBe('203.0.113.9');
    expect(await believedAddress(service, '::ffff:203.0.113.9')).toBe('203.0.113.9');
    expect(await believedAddress(service, 'unknown')).toBe('127.0.0.1');
    expect(await believedAddress(service, 'fe80::1%eth0')).toBe('fe80::1');
    await service.close();
  });

  it('understands addresses with a port, as some gateways forward them, of proxies too', async () => {
    const service = await start({ TRUST_PROXY: 'loopback, 10.0.0.0/8, 2001:db8:1::/48' });
    expect(await believedAddress(service, '203.0.113.9:4444')).toBe('203.0.113.9');
    expect(await believedAddress(service, '[2001:db8::9]:4444')).toBe('2001:db8::9');
    expect(await believedAddress(service, '203.0.113.9:4444, 10.1.1.1:80, [2001:db8:1::1]:80')).toBe(
      '203.0.113.9',
    );
    await service.close();
  });

  it('counts proxies from this end', async () => {
    const service = await start({ TRUST_PROXY: '1' });
    expect(await believedAddress(service, '198.51.100.1, 203.0.113.9')).toBe('203.0.113.9');
    await service.close();
  });
});
