import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { VERSION } from '../config/version.js';
import { completeDocument } from './openapi-answers.js';
import { describeConstraints } from './openapi-constraints.js';

const DESCRIPTION =
  'Every answer is JSON in an envelope: `{ok: true, data, requestId}` or `{ok: false, error: {code, message, details}, requestId}`. ' +
  'Quote the requestId when you ask about an answer; it is also in the X-Request-ID header and in every log line.';

/** The whole OpenAPI 3.1 document of a started application. */
export function buildOpenApi(app: NestExpressApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Clankerbot')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key' }, 'bearer')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'An API key' }, 'apiKey')
    .build();
  describeConstraints();
  return completeDocument(SwaggerModule.createDocument(app, config));
}
