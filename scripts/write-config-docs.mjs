// Rewrites .env.example and the tables of docs/configuration.md from the descriptions in the built sources.
import { readFileSync, writeFileSync } from 'node:fs';
import { CONFIG_SECTIONS } from '../dist/app.config.js';
import { configurationDocument, envExample } from '../dist/config/describe-config.js';

writeFileSync('.env.example', envExample(CONFIG_SECTIONS));
const document = readFileSync('docs/configuration.md', 'utf8');
writeFileSync('docs/configuration.md', configurationDocument(document, CONFIG_SECTIONS));
