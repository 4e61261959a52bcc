import { type JsonLimits, parseJsonBody } from './json-body.js';
import { parseYamlBody } from './yaml-body.js';

/** A body that has arrived, and that nobody has looked at yet. */
export class UnparsedBody {
  constructor(
    private readonly bytes: Uint8Array,
    /** Then it takes a while to parse. */
    readonly isYaml: boolean,
  ) {}

  parse(limits: JsonLimits): unknown {
    return this.isYaml ? parseYamlBody(this.bytes, limits) : parseJsonBody(this.bytes, limits);
  }
}
