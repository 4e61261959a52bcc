import type { JsonSchema, Params } from '../../integration.js';
import { IntegrationError } from '../../integration-error.js';
import type { ClockifyAccount } from '../account/clockify-account.js';
import type { ClockifyHosts } from '../account/clockify-hosts.js';
import { type IndexedOperation, type OperationIndex } from '../operations/operation-index.js';
import { toVendorDate } from './vendor-date.js';

/** A request ready to be sent, credentials aside. */
export interface OutgoingRequest {
  readonly operation: IndexedOperation;
  readonly url: string;
  readonly contentType: string | undefined;
  /** The fields of the body, dates in the vendor's form. */
  readonly body: unknown;
}

/** From an operation and its params to the request. Promises that no param leaves its place in the URL. */
export class RequestBuilder {
  constructor(private readonly index: OperationIndex) {}

  build(operation: IndexedOperation, params: Params, { settings }: ClockifyAccount): OutgoingRequest {
    const base = baseOf(operation, settings.hosts);
    const url = `${base}${pathOf(operation, params)}${this.#queryOf(operation, params)}`;
    const { body } = operation;
    if (!body || params['body'] === undefined)
      return { operation, url, contentType: undefined, body: undefined };
    return { operation, url, contentType: body.contentType, body: this.#dated(params['body'], body.schema) };
  }

  #queryOf(operation: IndexedOperation, params: Params): string {
    const query = new URLSearchParams();
    for (const { name, in: place, required, schema } of operation.parameters) {
      if (place !== 'query') continue;
      const value = params[name] ?? (required ? schema['default'] : undefined);
      if (value === undefined || value === null) continue;
      for (const item of Array.isArray(value) ? value : [value]) {
        query.append(name, String(this.#dated(item, schema)));
      }
    }
    const text = query.toString();
    return text === '' ? '' : `?${text}`;
  }

  /** A copy in which every date that the schema knows as one stands in the vendor's form. */
  #dated(value: unknown, schema: JsonSchema): unknown {
    if (typeof value === 'string') return schema['format'] === 'date-time' ? toVendorDate(value) : value;
    if (typeof value !== 'object' || value === null) return value;
    const known = this.index.resolve(schema);
    if (Array.isArray(value)) {
      const items = (known['items'] ?? {}) as JsonSchema;
      return value.map((item) => this.#dated(item, items));
    }
    const properties = (known['properties'] ?? {}) as Record<string, JsonSchema>;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, this.#dated(inner, properties[name] ?? {})]),
    );
  }
}

function baseOf({ host }: IndexedOperation, hosts: ClockifyHosts): string {
  const base = hosts[host];
  if (base !== undefined) return base;
  const name = `CLOCKIFY_${host.toUpperCase()}_URL`;
  throw new IntegrationError(
    'unavailable',
    `${name} is not set, and the address of Clockify's ${host} does not follow from CLOCKIFY_BASE_URL`,
  );
}

/** The path with its placeholders filled. One that has no value yet stays visible as `{name}`. */
function pathOf(operation: IndexedOperation, params: Params): string {
  return operation.path.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = params[name];
    return value === undefined ? placeholder : encodeSegment(name, String(value));
  });
}

function encodeSegment(name: string, value: string): string {
  if (value === '' || value === '.' || value === '..' || !value.isWellFormed()) {
    throw new IntegrationError('validation_error', `${name} cannot stand in a path`);
  }
  return encodeURIComponent(value);
}
