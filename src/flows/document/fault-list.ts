import { quoted } from '../../errors/quoted.js';
import { FlowInvalidError } from '../flows.errors.js';
import type { Fault } from '../../errors/fault.js';

export type Fields = Record<string, unknown>;

const FAULTS_MAX = 100;

/** Collects what is wrong with a document while it is read, so that one answer shows everything. */
export class FaultList {
  readonly faults: Fault[] = [];

  add(path: string, message: string): undefined {
    if (this.faults.length < FAULTS_MAX) this.faults.push({ path, message });
    return undefined;
  }

  throwIfAny(): void {
    if (this.faults.length > 0) throw new FlowInvalidError(this.faults);
  }

  /** The value as an object with no other keys than these. */
  object(value: unknown, path: string, keys: readonly string[]): Fields | undefined {
    if (!isFields(value)) return this.add(path, 'must be an object');
    for (const key of Object.keys(value)) {
      if (!keys.includes(key)) this.add(join(path, key), `is not known here; known are ${keys.join(', ')}`);
    }
    return value;
  }

  list(value: unknown, path: string, max: number): unknown[] {
    if (!Array.isArray(value)) {
      this.add(path, 'must be a list');
      return [];
    }
    if (value.length > max) this.add(path, `must have at most ${max} entries`);
    return value.slice(0, max);
  }

  text(value: unknown, path: string, max: number): string | undefined {
    if (typeof value !== 'string' || value.trim() === '')
      return this.add(path, 'must be a text that is not empty');
    if (value.length > max) return this.add(path, `must have at most ${max} characters`);
    return value;
  }

  boolean(value: unknown, path: string): boolean | undefined {
    return typeof value === 'boolean' ? value : this.add(path, 'must be true or false');
  }

  integer(value: unknown, path: string, range: { min: number; max: number }): number | undefined {
    const isRight = Number.isInteger(value) && Number(value) >= range.min && Number(value) <= range.max;
    return isRight
      ? Number(value)
      : this.add(path, `must be a whole number from ${range.min} to ${range.max}`);
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function join(path: string, key: string): string {
  return path === '' ? quoted(key) : `${path}.${quoted(key)}`;
}
