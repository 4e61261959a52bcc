// node archive.mjs OUT.tar CONFIG.json LAYER.tar…: an image as `ctr images import` reads it; it is named afterwards.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const [out, configFile, ...layers] = process.argv.slice(2);
const scratch = mkdtempSync(join(dirname(resolve(out)), 'archive-'));

async function digestOf(file) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

try {
  const names = [];
  for (const layer of layers) {
    const name = `${await digestOf(layer)}.tar`;
    linkSync(layer, join(scratch, name));
    names.push(name);
  }
  const image = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: JSON.parse(readFileSync(configFile, 'utf8')),
    rootfs: { type: 'layers', diff_ids: names.map((name) => `sha256:${name.slice(0, -4)}`) },
  };
  writeFileSync(join(scratch, 'config.json'), JSON.stringify(image));
  writeFileSync(
    join(scratch, 'manifest.json'),
    JSON.stringify([{ Config: 'config.json', RepoTags: [], Layers: names }]),
  );
  execFileSync('tar', ['-C', scratch, '-cf', out, 'manifest.json', 'config.json', ...names]);
} finally {
  rmSync(scratch, { recursive: true });
}
