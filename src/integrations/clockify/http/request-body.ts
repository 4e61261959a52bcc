import type { OutgoingRequest } from './request-builder.js';

interface EncodedBody {
  data?: string | Buffer;
  contentType?: string;
}

/** The body as it travels. */
export async function encodeBody({ body, contentType }: OutgoingRequest): Promise<EncodedBody> {
  if (body === undefined || contentType === undefined) return {};
  if (contentType === 'application/json') return { data: JSON.stringify(body), contentType };
  const form = new Response(formOf(body as Readonly<Record<string, unknown>>));
  return {
    data: Buffer.from(await form.arrayBuffer()),
    contentType: form.headers.get('content-type') ?? contentType,
  };
}

function formOf(fields: Readonly<Record<string, unknown>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) append(form, name, item);
  }
  return form;
}

function append(form: FormData, name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  if (!isFile(value)) {
    form.append(name, typeof value === 'object' ? JSON.stringify(value) : String(value as string | number));
    return;
  }
  const bytes = new Uint8Array(Buffer.from(value.base64, 'base64'));
  const type = value.contentType ?? 'application/octet-stream';
  form.append(name, new Blob([bytes], { type }), value.filename ?? 'file');
}

interface FileParam {
  base64: string;
  filename?: string;
  contentType?: string;
}

function isFile(value: unknown): value is FileParam {
  return typeof value === 'object' && value !== null && 'base64' in value;
}
