import { Injectable } from '@nestjs/common';

/** What the sources say of the types they send, told by the room that knows them. */
@Injectable()
export class EventTypes {
  readonly #bySource = new Map<string, ReadonlySet<string>>();

  register(source: string, types: Iterable<string>): void {
    this.#bySource.set(source, new Set(types));
  }

  /** Undefined where a source may send anything. */
  of(source: string): ReadonlySet<string> | undefined {
    return this.#bySource.get(source);
  }
}
