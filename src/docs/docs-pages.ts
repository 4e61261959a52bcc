import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { type StoredPage, storePage } from './stored-page.js';

const SCRIPT = 'application/javascript; charset=utf-8';

/** What the page needs of Swagger UI's package, and nothing else of it. */
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': SCRIPT,
  'swagger-ui-standalone-preset.js': SCRIPT,
  'favicon-32x32.png': 'image/png',
};

const page = (base: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Clankerbot API</title>
    <link rel="stylesheet" href="${base}swagger-ui.css" />
    <link rel="icon" type="image/png" href="${base}favicon-32x32.png" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="${base}swagger-ui-bundle.js"></script>
    <script src="${base}swagger-ui-standalone-preset.js"></script>
    <script src="${base}start.js"></script>
  </body>
</html>
`;

const START = `const document_ = new URL('../openapi.json', document.currentScript.src).href;
window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: document_,
    dom_id: '#swagger-ui',
    deepLinking: true,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    layout: 'BaseLayout',
    validatorUrl: null,
  });
};
`;

/** The files of /docs: Swagger UI, which reads /openapi.json as any other program does. Read when first asked for. */
@Injectable()
export class DocsPages {
  readonly #pages = new Map<string, Promise<StoredPage>>();

  /** The base is where the page's files are, seen from the page. */
  html(base: './' | './docs/'): Promise<StoredPage> {
    return this.#once(base, async () => storePage('text/html; charset=utf-8', page(base)));
  }

  find(name: string): Promise<StoredPage> | undefined {
    if (name === 'index.html') return this.html('./');
    if (name === 'start.js') return this.#once(name, async () => storePage(SCRIPT, START));
    const contentType = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
    if (contentType === undefined) return undefined;
    return this.#once(name, async () => storePage(contentType, await readFile(join(assetsPath(), name))));
  }

  #once(name: string, make: () => Promise<StoredPage>): Promise<StoredPage> {
    const known = this.#pages.get(name);
    if (known !== undefined) return known;
    const made = make();
    this.#pages.set(name, made);
    made.catch(() => this.#pages.delete(name));
    return made;
  }
}

function assetsPath(): string {
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
}
