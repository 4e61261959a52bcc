import { writingsOf } from './secret-writings.js';

/** A shorter beginning of a secret, at the end of a text that was cut there, tells too little to be one. */
const SHORTEST_BEGINNING = 4;
const DEEPEST = 1000;

interface Hidden {
  name: string;
  value: string;
  pattern: RegExp;
}

/**
 * Takes secrets out of what came back from a call that they were sent with: `[secret name]` stands in their place.
 * Numbers count as their digits.
 */
export class SecretHider {
  readonly #secrets: readonly Hidden[];

  constructor(secrets: ReadonlyMap<string, string>) {
    // The longest first: one that contains another is hidden whole.
    this.#secrets = [...secrets]
      .sort(([, a], [, b]) => b.length - a.length)
      .map(([name, value]) => ({ name, value, pattern: new RegExp(writingsOf(value).join('|'), 'gi') }));
  }

  text(text: string): string {
    let hidden = text;
    for (const { name, pattern } of this.#secrets) hidden = hidden.replace(pattern, `[secret ${name}]`);
    return hidden;
  }

  value(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number' || typeof value === 'bigint') return this.#number(value);
    if (typeof value !== 'object' || value === null || depth > DEEPEST) return value;
    if (Array.isArray(value)) return value.map((item) => this.value(item, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [this.text(key), this.value(item, depth + 1)]),
    );
  }

  /** A copy of the error, of the same class, without the secrets; of its causes only what a log shows of them. */
  error<T>(error: T): T {
    if (!(error instanceof Error)) return this.value(error) as T;
    const copy = Object.create(
      Object.getPrototypeOf(error) as object,
      Object.getOwnPropertyDescriptors(error),
    ) as T;
    const hidden: Record<string, unknown> = {
      message: this.#excerpt(error.message),
      stack: this.#excerpt(error.stack ?? ''),
    };
    if ('details' in error) hidden['details'] = this.#excerpts(error.details);
    if (error.cause !== undefined) hidden['cause'] = this.#cause(error.cause);
    for (const [key, value] of Object.entries(hidden))
      Object.defineProperty(copy, key, {
        value,
        writable: true,
        configurable: true,
        enumerable: key === 'details',
      });
    return copy;
  }

  #cause(cause: unknown): unknown {
    if (!(cause instanceof Error)) return this.#excerpts(cause);
    const { code } = cause as { code?: unknown };
    const inner = cause.cause === undefined ? {} : { cause: this.#cause(cause.cause) };
    const copy = new Error(this.#excerpt(cause.message), inner);
    copy.name = cause.name;
    copy.stack = this.#excerpt(cause.stack ?? '');
    return code === undefined ? copy : Object.assign(copy, { code });
  }

  #number(value: number | bigint): unknown {
    const text = String(value);
    const hidden = this.text(text);
    return hidden === text ? value : hidden;
  }

  #excerpts(value: unknown): unknown {
    if (typeof value === 'string') return this.#excerpt(value);
    if (typeof value !== 'object' || value === null) return this.value(value);
    if (Array.isArray(value)) return value.map((item) => this.#excerpts(item));
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [this.text(key), this.#excerpts(item)]),
    );
  }

  /** Of a text that may have been cut in the middle of a secret. */
  #excerpt(text: string): string {
    const hidden = this.text(text);
    const last = hidden.at(-1);
    for (const { name, value } of this.#secrets) {
      for (let length = value.length - 1; length >= SHORTEST_BEGINNING; length--) {
        if (value[length - 1] === last && hidden.endsWith(value.slice(0, length)))
          return `${hidden.slice(0, -length)}[secret ${name}]`;
      }
    }
    return hidden;
  }
}
