import { loadConfig } from '../../../config/load-config.js';
import { clockifyHosts } from './clockify-hosts.js';
import { clockifyConfig } from '../clockify.config.js';

function hosts(env: Record<string, string>) {
  return clockifyHosts(loadConfig([clockifyConfig], env).get(clockifyConfig));
}

describe('the addresses of Clockify', () => {
  it('are the global ones by default', () => {
    expect(hosts({})).toEqual({
      core: 'https://api.clockify.me/api',
      reports: 'https://reports.api.clockify.me',
      audit: 'https://auditlog-api.api.clockify.me',
    });
  });

  it.each([
    ['eu', 'euc1'],
    ['us', 'use2'],
    ['uk', 'euw2'],
    ['au', 'apse2'],
    ['developer', 'developer'],
  ])('follow the region %s', (region, prefix) => {
    expect(hosts({ CLOCKIFY_REGION: region })).toMatchObject({
      core: `https://${prefix}.clockify.me/api`,
      reports: `https://${prefix}.clockify.me/report`,
    });
  });

  it('ask for reports at the sub-domain of the workspace and for all else in its region', () => {
    expect(hosts({ CLOCKIFY_REGION: 'eu', CLOCKIFY_SUBDOMAIN: 'acme' })).toMatchObject({
      core: 'https://euc1.clockify.me/api',
      reports: 'https://acme.clockify.me/report',
    });
  });

  it.each(['https://euc1.clockify.me', 'https://euc1.clockify.me/api/', 'https://euc1.clockify.me/api/v1'])(
    'are the same however %s is written',
    (url) => {
      expect(hosts({ CLOCKIFY_BASE_URL: url })).toMatchObject({
        core: 'https://euc1.clockify.me/api',
        reports: 'https://euc1.clockify.me/report',
      });
    },
  );

  it('do not send reports to the vendor when the API is somewhere else', () => {
    expect(hosts({ CLOCKIFY_BASE_URL: 'http://127.0.0.1:9000/api' })).toEqual({
      core: 'http://127.0.0.1:9000/api',
      reports: undefined,
      audit: undefined,
    });
    expect(
      hosts({
        CLOCKIFY_BASE_URL: 'http://127.0.0.1:9000',
        CLOCKIFY_REPORTS_URL: 'http://127.0.0.1:9000/report/v1',
      }),
    ).toMatchObject({ core: 'http://127.0.0.1:9000/api', reports: 'http://127.0.0.1:9000/report' });
  });

  it('are not believed of a host that only looks like the vendor', () => {
    expect(hosts({ CLOCKIFY_BASE_URL: 'https://clockify.me.evil.example/api' }).reports).toBeUndefined();
  });

  it('refuse a sub-domain that is more than one label', () => {
    expect(() => hosts({ CLOCKIFY_SUBDOMAIN: 'evil.example/' })).toThrow('CLOCKIFY_SUBDOMAIN');
  });
});
