import { isTooDeep } from '../answer-depth.js';
import { unreadable } from './clockify.errors.js';
import type { UpstreamResponse } from './clockify-transport.js';

/** A file as it stands in JSON. */
interface FileContent {
  contentType: string;
  filename?: string;
  base64: string;
}

/** What a response holds: the JSON value, a file, or null. */
export function contentOf(response: UpstreamResponse, isWrite: boolean): unknown {
  const { bytes, headers, status } = response;
  if (bytes.length === 0) return null;
  const contentType = headers['content-type'] ?? 'application/json';
  if (!/\bjson\b/i.test(contentType)) return fileOf(contentType, response);
  const content = parsed(bytes);
  if (content === undefined || isTooDeep(content)) throw unreadable(isWrite, status);
  return content;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function fileOf(contentType: string, { bytes, headers }: UpstreamResponse): FileContent {
  const filename = /filename="?([^";]+)"?/i.exec(headers['content-disposition'] ?? '')?.[1];
  return {
    contentType,
    ...(filename === undefined ? {} : { filename }),
    base64: bytes.toString('base64'),
  };
}
