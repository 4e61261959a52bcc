import type { ConfigSection, Variable } from './variable.js';

/** `.env.example`: every variable that exists, commented out with its default and its sentence. */
export function envExample(sections: readonly ConfigSection[]): string {
  const head = [
    '# Every variable Clankerbot reads. Copy to .env and change what you need; an unset variable has its default.',
    '# A secret NAME may instead be read from a file: NAME_FILE=/run/secrets/name. docs/configuration.md explains each.',
  ];
  const bodies = sections.map((section) =>
    [
      `# --- ${section.name} ---`,
      ...entries(section).map(([name, v]) => `# ${aboutOf(v)}\n# ${name}=${v.defaultText ?? ''}`),
    ].join('\n'),
  );
  return `${[head.join('\n'), ...bodies].join('\n\n')}\n`;
}

/** The tables of `docs/configuration.md`, one per section. */
export function configurationTables(sections: readonly ConfigSection[]): string {
  return sections
    .map((section) =>
      [
        `## ${section.name}`,
        '',
        '| variable | kind | default | what it is for |',
        '| --- | --- | --- | --- |',
        ...entries(section).map(
          ([name, v]) =>
            `| \`${name}\` | ${escape(v.kind)} | ${v.defaultText ? `\`${v.defaultText}\`` : ''} | ${escape(aboutOf(v))} |`,
        ),
      ].join('\n'),
    )
    .join('\n\n');
}

const TABLES = /(<!-- variables -->)[\s\S]*?(<!-- \/variables -->)/;

/** The document with its tables, between the two marks, made anew. */
export function configurationDocument(document: string, sections: readonly ConfigSection[]): string {
  return document.replace(
    TABLES,
    (_all, before: string, after: string) => `${before}\n\n${configurationTables(sections)}\n\n${after}`,
  );
}

function entries(section: ConfigSection): [string, Variable<unknown>][] {
  return Object.entries(section.variables);
}

function aboutOf({ about, otherNames }: Variable<unknown>): string {
  return otherNames === undefined
    ? about
    : `${about} Where it is not set, ${otherNames.join(' or ')} counts.`;
}

const escape = (cell: string): string => cell.replaceAll('|', '\\|');
