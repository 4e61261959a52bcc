import type { IncomingMessage } from 'node:http';
import type { JsonSchema } from '../../src/integrations/integration.js';
import {
  type IndexedOperation,
  operationIndex,
} from '../../src/integrations/clockify/operations/operation-index.js';
import { SandboxRefusal, unreadable } from './sandbox-refusal.js';
import { typed } from './sandbox-request-check.js';

export async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A body as data, by the content type that the operation wants. */
export async function parseBody(
  operation: IndexedOperation,
  contentType: string | undefined,
  bytes: Buffer,
): Promise<unknown> {
  if (!operation.body || bytes.length === 0) return undefined;
  const { contentType: wanted, schema } = operation.body;
  if (!contentType?.startsWith(wanted)) {
    throw new SandboxRefusal(415, 3000, `Content-Type '${contentType ?? ''}' is not supported`);
  }
  return wanted === 'multipart/form-data' ? parseForm(contentType, bytes, schema) : parseJson(bytes);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw unreadable('request');
  }
}

/** Form fields by the types of the document; of a file, its name and its bytes as base64. */
async function parseForm(contentType: string, bytes: Buffer, schema: JsonSchema): Promise<unknown> {
  const response = new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } });
  const form = await response.formData().catch(() => {
    throw unreadable('multipart request');
  });
  const fields: Record<string, unknown> = {};
  for (const name of new Set(form.keys())) {
    const [first] = form.getAll(name);
    if (first instanceof Blob) {
      fields[name] = Buffer.from(await first.arrayBuffer()).toString('base64');
      fields[`${name}Name`] = first.name;
    } else {
      const texts = form.getAll(name).filter((value) => typeof value === 'string');
      fields[name] = typed(propertyOf(schema, name), texts);
    }
  }
  return fields;
}

function propertyOf(schema: JsonSchema, name: string): JsonSchema {
  const properties = resolved(schema)['properties'] as Record<string, JsonSchema> | undefined;
  return resolved(properties?.[name] ?? {});
}

function resolved(schema: JsonSchema): JsonSchema {
  const reference = schema['$ref'];
  return typeof reference === 'string'
    ? (operationIndex().schemas[reference.replace('#/$defs/', '')] ?? {})
    : schema;
}
