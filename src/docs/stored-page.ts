import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Request, Response } from 'express';

/** The highest takes seconds for the largest page, and saves little. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } };

const ENCODINGS = ['br', 'gzip'] as const;
type Encoding = (typeof ENCODINGS)[number];

export interface StoredPage {
  contentType: string;
  etag: string;
  plain: Buffer;
  br: Buffer;
  gzip: Buffer;
}

/** A page that is made once. Compressing happens beside the event loop. */
export async function storePage(contentType: string, content: string | Buffer): Promise<StoredPage> {
  const plain = Buffer.from(content);
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(plain, BROTLI),
    promisify(gzip)(plain, { level: 9 }),
  ]);
  const etag = `W/"${hash('sha256', plain, 'base64url').slice(0, 22)}"`;
  return { contentType, etag, plain, br, gzip: gz };
}

/** Compressed to whoever takes that, and without its content to whoever has it already. */
export function sendPage(page: StoredPage, request: Request, response: Response): void {
  response.setHeader('Cache-Control', 'no-cache');
  response.setHeader('ETag', page.etag);
  response.setHeader('Vary', 'Accept-Encoding');
  if (isKnown(request.headers['if-none-match'], page.etag)) {
    response.writeHead(304).end();
    return;
  }
  const encoding = ENCODINGS.find((name) => takes(request.headers['accept-encoding'], name));
  const body = encoding === undefined ? page.plain : page[encoding];
  if (encoding !== undefined) response.setHeader('Content-Encoding', encoding);
  response.setHeader('Content-Type', page.contentType);
  response.setHeader('Content-Length', body.length);
  response.writeHead(200).end(body);
}

function isKnown(header: string | undefined, etag: string): boolean {
  return header !== undefined && header.split(',').some((tag) => tag.trim() === etag);
}

/** Named, and not with a weight of nothing. */
function takes(header: string | undefined, encoding: Encoding): boolean {
  return (header ?? '').split(',').some((part) => {
    const [name = '', ...parameters] = part.toLowerCase().split(';');
    return name.trim() === encoding && !parameters.some((p) => /^\s*q=0(\.0*)?\s*$/.test(p));
  });
}
