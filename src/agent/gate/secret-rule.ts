import type { ChangedFile, Departing, Objection } from './departing.js';
import type { KnownSecrets } from './known-secrets.js';
import { shapesIn } from './secret-shapes.js';

/** Our own secrets anywhere, in contents, names and texts; what looks like one where it was not there before. */
export function secretObjections({ files, texts }: Departing, own: KnownSecrets): Objection[] {
  return [
    ...files.flatMap((file) => fileObjections(file, own)),
    ...Object.entries(texts).flatMap(([where, text]) => objections(where, text, own)),
  ];
}

function fileObjections({ path, before, after }: ChangedFile, own: KnownSecrets): Objection[] {
  if (own.isIn(path)) return [{ kind: 'secret', where: 'the name of a file', reason: OWN }];
  if (!after) return [];
  return objections(JSON.stringify(path), readable(after), own, before && readable(before));
}

const OWN = 'has a secret of this service';

function objections(where: string, after: string, own: KnownSecrets, before?: string): Objection[] {
  const reasons = [
    ...(own.isIn(after) ? [OWN] : []),
    ...shapesIn(after, before).map((name) => `has what looks like ${name}`),
  ];
  return reasons.map((reason) => ({ kind: 'secret', where, reason }));
}

/** Of two bytes a character, too. */
function readable(content: Buffer): string {
  return content.includes(0) ? content.toString('latin1').replaceAll('\0', '') : content.toString('utf8');
}
