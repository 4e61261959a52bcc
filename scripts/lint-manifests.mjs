// Asks of the manifests in each file what no schema can: whether what they name is there and fits, whether every pod may run
// under the restricted pod security standard, whether a secret stands where it can be read, whether alerts see the service.
//
//   node scripts/lint-manifests.mjs [--external NAME,NAME…] FILE…
//
// Each file is everything of one installation. --external names Secrets, ConfigMaps and claims that come from elsewhere.
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { Installation } from './lint/installation.mjs';
import { lintMonitoring } from './lint/monitoring.mjs';
import { lintPods } from './lint/pods.mjs';
import { lintReferences } from './lint/references.mjs';
import { lintSecrets } from './lint/secrets.mjs';

const args = process.argv.slice(2);
const external = args[0] === '--external' ? args.splice(0, 2)[1].split(',') : [];

let findings = 0;
for (const file of args) {
  const documents = parseAllDocuments(readFileSync(file, 'utf8'));
  const broken = documents.flatMap((document) => document.errors.map((error) => error.message));
  const objects = documents.map((document) => document.toJS()).filter(Boolean);
  const installation = new Installation(objects, external);
  const all = [
    ...broken,
    ...[lintPods, lintReferences, lintSecrets, lintMonitoring].flatMap((lint) => [...lint(installation)]),
  ];
  for (const finding of new Set(all)) console.error(`${file}: ${finding}`);
  findings += all.length;
}
if (findings > 0) process.exit(1);
console.log(`${args.length} installations linted`);
