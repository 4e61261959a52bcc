import type { DatabaseEngine } from '../../src/storage/database-engine.js';

/** The engine for one application after or beside another: none of them opens or closes it. */
export function keptEngine(engine: DatabaseEngine): DatabaseEngine {
  return new Proxy(engine, {
    get(target, key) {
      if (key === 'open' || key === 'close') return async () => undefined;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
