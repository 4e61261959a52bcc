// Rewrites docs/API.md, docs/http and the Postman collection from the OpenAPI document of the built sources.
import 'reflect-metadata';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { CONFIG_SECTIONS } from '../dist/app.config.js';
import { loadConfig } from '../dist/config/load-config.js';
import { createApp } from '../dist/create-app.js';
import { buildOpenApi } from '../dist/http/openapi.js';
import { createLogger } from '../dist/observability/logger.js';
import { observabilityConfig } from '../dist/observability/observability.config.js';
import { apiDocs } from './api-docs/api-docs.ts';

const config = loadConfig(CONFIG_SECTIONS, { LOG_LEVEL: 'silent' });
const logger = createLogger(config.get(observabilityConfig), config.secretTexts);
// Put together, never started: it opens neither a port nor a database.
const document = buildOpenApi(await createApp(config, logger));
const files = apiDocs(document, readFileSync('docs/API.md', 'utf8'));
mkdirSync('docs/http', { recursive: true });
for (const name of readdirSync('docs/http')) rmSync(`docs/http/${name}`);
for (const [path, text] of files) writeFileSync(path, text);
process.exit(0);
