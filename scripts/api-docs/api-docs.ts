import { apiMarkdown, fileName } from './api-markdown.ts';
import { httpFile } from './http-file.ts';
import { type OpenApiDocument, routesByTag } from './openapi-document.ts';
import { postmanCollection } from './postman-collection.ts';

/** What stands in docs/API.md before this line is written by hand. */
const MARK = '<!-- routes: written by npm run docs:api -->';

/** Every file that follows from the OpenAPI document, by its path. `read` gives the API.md that there is. */
export function apiDocs(document: OpenApiDocument, apiFile: string): Map<string, string> {
  const end = apiFile.indexOf(MARK);
  if (end === -1) throw new Error(`docs/API.md has no line ${MARK}`);
  const introduction = apiFile.slice(0, end + MARK.length);
  return new Map([
    ['docs/API.md', apiMarkdown(introduction, document)],
    ['docs/clankerbot.postman_collection.json', `${JSON.stringify(postmanCollection(document), null, 2)}\n`],
    ...[...routesByTag(document)].map(([tag, routes]): [string, string] => [
      `docs/http/${fileName(tag)}`,
      httpFile(tag, routes),
    ]),
  ]);
}
