import type { Entity } from './names.js';

/** Why what was read is not done at once, and what there is to choose from. */
export class Doubt {
  constructor(
    readonly slot: string,
    readonly reason: string,
    readonly options: readonly Entity[] = [],
  ) {}
}
