import { ROLES } from './access/access.decorators.js';
import { digestOf, newSecret, parseConfiguredKey } from './access/api-key.js';

/** `npm run keys:create -- NAME ROLE`: makes a key and prints what to configure. Nothing is stored. */
const [name = '', role = '', ...rest] = process.argv.slice(2);
const secret = newSecret();
const entry = parseConfiguredKey(`${name}:${role}:${secret}`);

if (rest.length > 0 || 'mistake' in entry) {
  const why = 'mistake' in entry && name !== '' ? `The entry ${entry.mistake}.\n` : '';
  process.stderr.write(`${why}Usage: npm run keys:create -- NAME ROLE (${ROLES.join(', ')})\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(
    [
      'The key, for the caller; it is shown once and stored nowhere:',
      `    ${secret}`,
      'Its entry in API_KEYS, comma-separated with the others:',
      `    ${name}:${role}:sha256:${digestOf(secret).toString('hex')}`,
      '',
    ].join('\n'),
  );
}
