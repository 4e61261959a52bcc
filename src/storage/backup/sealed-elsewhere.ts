import type { Pool } from 'pg';
import { KEY_FILE, type SealingKey } from '../sealing-keys.js';

const NAMED_MAX = 10;

/** After a restore, the sentence that says which stored secrets no key here opens; undefined where all of them open. */
export async function sealedElsewhere(pool: Pool, keys: readonly SealingKey[]): Promise<string | undefined> {
  // A backup of an earlier release has no such table.
  const { rows: tables } = await pool.query("select to_regclass('clankerbot.secrets') as name");
  if ((tables[0] as { name: string | null }).name === null) return undefined;
  const { rows } = await pool.query<{ name: string }>(
    'select name from clankerbot.secrets where key_id <> all($1::text[]) order by name',
    [keys.map(({ id }) => id)],
  );
  if (rows.length === 0) return undefined;
  const names = rows.slice(0, NAMED_MAX).map(({ name }) => name);
  const more = rows.length > names.length ? ` and ${rows.length - names.length} more` : '';
  return (
    `No key here opens the secrets ${names.join(', ')}${more}: before you start the service, set ENCRYPTION_KEY (or ENCRYPTION_KEY_PREVIOUS) ` +
    `to the key that they were sealed with, which the embedded engine keeps in DATA_DIR/${KEY_FILE} where none was set. Or set the secrets again`
  );
}
