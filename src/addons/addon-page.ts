import { hash } from 'node:crypto';
import type { Addon } from './addon.js';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 40rem; padding: 2rem 1rem; }
h1 { font-size: 1.4rem; }`;

/** Before anything else: the token of the user must not stay in the address, where histories and screens show it. */
const SCRIPT = `history.replaceState(null, '', location.pathname);`;

/** Clockify shows the page in a frame; nobody else may. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `script-src ${digestOf(SCRIPT)}`,
  `style-src ${digestOf(STYLE)}`,
  "base-uri 'none'",
  "form-action 'none'",
  'frame-ancestors https://clockify.me https://*.clockify.me',
].join('; ');

/** What an administrator sees in Clockify's frame. It asks for nothing and knows nobody, so it needs no token. */
export function addonPage({ name, description }: Pick<Addon, 'name' | 'description'>): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(name)}</title>
<script>${SCRIPT}</script>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(name)}</h1>
<p>${escaped(description)}.</p>
<p>The service answers. Events and flows of this workspace are managed by its API, with a key that whoever runs it gives out.</p>
</body>
</html>
`;
}

/** A clock whose hand points at a bolt. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24" role="img">
<circle cx="12" cy="12" r="10" fill="none" stroke="#03a9f4" stroke-width="2"/>
<path d="M13 5 8 13h4l-1 6 5-8h-4z" fill="#03a9f4"/>
</svg>
`;

function digestOf(text: string): string {
  return `'sha256-${hash('sha256', text, 'base64')}'`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
