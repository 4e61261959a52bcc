import { isTooDeep } from '../../answer-depth.js';
import type { Params } from '../../integration.js';
import { unreadable } from './clockify.errors.js';
import type { UpstreamResponse } from './clockify-transport.js';
import type { IndexedOperation } from '../operations/operation-index.js';

/** A file as it stands in JSON. */
interface FileContent {
  contentType: string;
  filename?: string;
  base64: string;
}

export interface Asked {
  operation: IndexedOperation;
  params: Params;
  isWrite: boolean;
}

/** What a response holds: the JSON value, a file where one was asked for, or null. Throws for everything else. */
export function contentOf(response: UpstreamResponse, asked: Asked): unknown {
  const { bytes, headers, status } = response;
  if (bytes.length === 0) return null;
  const contentType = headers['content-type'] ?? 'application/json';
  if (isFile(contentType, asked)) return fileOf(contentType, response);
  const content = parsed(bytes);
  if (content === undefined || isTooDeep(content)) throw unreadable(asked.isWrite, status);
  return content;
}

/** A page comes from a proxy or a gateway, whatever was asked for. */
function isFile(contentType: string, { operation, params }: Asked): boolean {
  if (/\b(json|html)\b/i.test(contentType)) return false;
  const { exportType = (params['body'] as Params | undefined)?.['exportType'] } = params;
  return (
    operation.result.kind === 'file' || (typeof exportType === 'string' && !exportType.startsWith('JSON'))
  );
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
