import { Injectable } from '@nestjs/common';

/** What names a secret and would miss it. */
export interface SecretUser {
  kind: 'flow' | 'schedule';
  id: string;
  name: string | null;
}

/** A room in which secrets are named. */
export interface SecretUserSource {
  /** By the name of the secret. */
  secretUsers(): Promise<ReadonlyMap<string, readonly SecretUser[]>>;
}

/** Who names which secret, as things stand. A room above registers itself when its module begins. */
@Injectable()
export class SecretUsers {
  readonly #sources: SecretUserSource[] = [];

  register(source: SecretUserSource): void {
    this.#sources.push(source);
  }

  async all(): Promise<(name: string) => SecretUser[]> {
    const found = await Promise.all(this.#sources.map((source) => source.secretUsers()));
    return (name) => found.flatMap((users) => users.get(name) ?? []);
  }
}

/** Pairs as a map from a secret's name to all who name it. */
export function byName(pairs: Iterable<readonly [string, SecretUser]>): Map<string, SecretUser[]> {
  const users = new Map<string, SecretUser[]>();
  for (const [name, user] of pairs) {
    const known = users.get(name);
    if (known) known.push(user);
    else users.set(name, [user]);
  }
  return users;
}
