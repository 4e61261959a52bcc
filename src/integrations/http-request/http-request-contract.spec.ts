import { HttpService } from '@nestjs/axios';
import axios from 'axios';
import { describeIntegration } from '../../../test/contracts/integration.contract.js';
import { sendJson } from '../../../test/support/http-server.js';
import { SystemClock } from '../../clock/clock.js';
import { loadConfig } from '../../config/load-config.js';
import { AddressGuard, resolveAll } from './address-guard.js';
import { HttpRequestClient } from './http-request.client.js';
import { httpRequestConfig } from './http-request.config.js';
import { HttpRequestIntegration } from './http-request.integration.js';

describeIntegration('http-request', async (server) => {
  const httpRequest = (isEnabled: boolean): HttpRequestIntegration => {
    const config = loadConfig([httpRequestConfig], {
      HTTP_REQUEST_ENABLED: String(isEnabled),
      HTTP_REQUEST_ALLOWED_RANGES: '127.0.0.0/8',
      HTTP_REQUEST_PLAIN_HTTP: 'true',
      HTTP_REQUEST_SIGNING_SECRET: 'signing-secret-1',
    }).get(httpRequestConfig);
    const client = new HttpRequestClient(new HttpService(axios.create()), config);
    return new HttpRequestIntegration(
      new AddressGuard(config, resolveAll, () => []),
      client,
      new SystemClock(),
      config,
    );
  };
  return {
    integration: httpRequest(true),
    unconfigured: httpRequest(false),
    write: { operation: 'POST', params: { url: `${server.url}/hook`, body: { a: 1 } } },
    succeed: (_request, response) => sendJson(response, { done: true }),
    secret: 'signing-secret-1',
    showsAnswers: true,
  };
});
