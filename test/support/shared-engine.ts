import type { DatabaseEngine } from '../../src/storage/database-engine.js';

/** For a suite that owns the engine: a room that stops must not close it for the next one. */
export function sharedEngine(engine: DatabaseEngine): DatabaseEngine {
  return new Proxy(engine, {
    get(target, property) {
      if (property === 'open' || property === 'close') return async () => undefined;
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
