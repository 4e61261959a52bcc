import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../errors/app-error.js';

/** The refusal for a body that is not JSON in UTF-8, or undefined when it is. */
export function refuseMediaType(headers: IncomingHttpHeaders): AppError | undefined {
  const type = headers['content-type'];
  if (type !== 'application/json') {
    const [media = '', ...parameters] = (type ?? '').toLowerCase().split(';');
    const isJson = /^application\/(json|[\w.+-]+\+json)$/.test(media.trim());
    if (!isJson)
      return new AppError(
        'unsupported_media_type',
        'The body must be sent as Content-Type: application/json',
      );
    const charset = parameters
      .map((p) => /^\s*charset="?([\w-]+)"?\s*$/.exec(p)?.[1])
      .find((c) => c !== undefined);
    if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
      return new AppError('unsupported_media_type', 'The body must be in UTF-8');
    }
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return new AppError('unsupported_media_type', 'Compressed bodies are not accepted');
  }
  return undefined;
}
