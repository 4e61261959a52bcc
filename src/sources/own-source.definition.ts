import type { Parsed } from '../config/variable.js';
import type { SignatureForm } from './secret-match.js';
import { isSigned, parseSignedText, type SignedPart } from './signed-text.js';

/** A source of the owner's own, as WEBHOOK_SOURCES describes it. */
export interface OwnSourceDefinition {
  name: string;
  /** `secret`: the header is the secret. `hmac`: the header is a signature of the body. */
  kind: 'secret' | 'hmac';
  /** Any of these is right; two during a rotation. */
  secrets: readonly string[];
  /** Carries the secret or the signature. */
  header: string;
  /** Before the signature in its header: `sha256=`. */
  prefix: string;
  form: SignatureForm;
  /** What the signature is of. */
  signed: readonly SignedPart[];
  /** Carries the time, in seconds, and is signed; deliveries further from now are refused. */
  timeHeader?: string;
  toleranceSeconds: number;
  typeHeader?: string;
  typeField?: string;
  idHeader?: string;
  idField?: string;
  subjectField?: string;
  workspaceField?: string;
}

const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const HEADER = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const TAKEN = new Set(['clockify', 'slack', 'github']);
const HEADERS = ['header', 'typeHeader', 'idHeader', 'timeHeader'] as const;
const FIELDS = ['typeField', 'idField', 'subjectField', 'workspaceField'] as const;
const OTHERS = ['kind', 'secrets', 'prefix', 'algorithm', 'encoding', 'signs', 'toleranceSeconds'] as const;
const KNOWN = new Set<string>([...OTHERS, ...HEADERS, ...FIELDS]);
const TOLERANCE_SECONDS = 300;
const LONGEST_TOLERANCE_SECONDS = 86_400;
const ALGORITHMS = ['sha1', 'sha256', 'sha512'] as const;
const ENCODINGS = ['hex', 'base64'] as const;

/** `{"billing": {"kind": "hmac", "secrets": ["…"], "header": "X-Signature"}}` */
export function parseOwnSources(text: string): Parsed<readonly OwnSourceDefinition[]> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { mistake: 'must be JSON: {"name": {"kind": "hmac", "secrets": ["…"], "header": "X-Signature"}}' };
  }
  if (!isObject(value)) return { mistake: 'must be a JSON object of sources by name' };
  const entries = Object.entries(value).map(([name, entry], i) => ({
    name,
    shownName: NAME.test(name) ? name : String(i + 1),
    entry,
    mistakes: mistakesOf(name, entry),
  }));
  const mistakes = entries.flatMap(({ shownName, mistakes: all }) =>
    all.map((m) => `source ${shownName}: ${m}`),
  );
  if (mistakes.length > 0) return { mistake: `has mistakes: ${mistakes.join('; ')}` };
  return { value: entries.map(({ name, entry }) => definitionOf(name, entry as Record<string, unknown>)) };
}

function mistakesOf(name: string, entry: unknown): string[] {
  if (!NAME.test(name)) return ['the name must be up to 40 of a-z, 0-9 and -, starting with a letter'];
  if (TAKEN.has(name)) return ['the name is taken'];
  if (!isObject(entry)) return ['must be an object'];
  const isText = (key: string): boolean => typeof entry[key] === 'string' && entry[key] !== '';
  return [
    // Not by its name: what stands there by mistake can be a secret.
    ...Object.keys(entry).flatMap((key, i) => (KNOWN.has(key) ? [] : [`its key ${i + 1} is not known`])),
    ...(entry['kind'] === 'secret' || entry['kind'] === 'hmac' ? [] : ['kind must be secret or hmac']),
    ...(isSecrets(entry['secrets']) ? [] : ['secrets must be a list of texts of 8 characters or more']),
    ...HEADERS.flatMap((key) =>
      (entry[key] === undefined && key !== 'header') || isHeader(entry[key])
        ? []
        : [`${key} must be the name of a header`],
    ),
    ...FIELDS.flatMap((key) =>
      entry[key] === undefined || isText(key) ? [] : [`${key} must be a path such as data.id`],
    ),
    ...(entry['prefix'] === undefined || typeof entry['prefix'] === 'string'
      ? []
      : ['prefix must be a text']),
    ...oneOf(entry, 'algorithm', ALGORITHMS),
    ...oneOf(entry, 'encoding', ENCODINGS),
    ...signingMistakes(entry),
  ];
}

function signingMistakes(entry: Readonly<Record<string, unknown>>): string[] {
  const { kind, signs, timeHeader, toleranceSeconds } = entry;
  const signed = parseSignedText(signs);
  if ('mistake' in signed) return [signed.mistake];
  const isTimeSigned = isSigned(signed.value, lowerCase(timeHeader));
  return [
    ...(signs !== undefined && kind !== 'hmac' ? ['signs is for kind hmac'] : []),
    ...(timeHeader !== undefined && !isTimeSigned ? ['timeHeader must be in signs'] : []),
    ...(toleranceSeconds === undefined || isTolerance(toleranceSeconds)
      ? []
      : [`toleranceSeconds must be a whole number from 1 to ${LONGEST_TOLERANCE_SECONDS}`]),
  ];
}

function isTolerance(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= LONGEST_TOLERANCE_SECONDS;
}

function lowerCase(value: unknown): string | undefined {
  return typeof value === 'string' ? value.toLowerCase() : undefined;
}

function isHeader(value: unknown): boolean {
  return typeof value === 'string' && HEADER.test(value);
}

function oneOf(entry: Readonly<Record<string, unknown>>, key: string, choices: readonly string[]): string[] {
  const value = entry[key];
  const isFine = value === undefined || (typeof value === 'string' && choices.includes(value));
  return isFine ? [] : [`${key} must be one of ${choices.join(', ')}`];
}

function isSecrets(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length > 0 && value.every((s) => typeof s === 'string' && s.length >= 8)
  );
}

function definitionOf(name: string, entry: Record<string, unknown>): OwnSourceDefinition {
  const { kind, secrets, prefix = '', algorithm = 'sha256', encoding = 'hex', signs, ...rest } = entry;
  const { toleranceSeconds = TOLERANCE_SECONDS } = rest;
  const headers = HEADERS.flatMap((key) => (rest[key] ? [[key, lowerCase(rest[key])]] : []));
  const signed = parseSignedText(signs);
  return {
    ...rest,
    ...Object.fromEntries(headers),
    name,
    kind,
    secrets,
    prefix,
    form: { algorithm, encoding },
    signed: 'value' in signed ? signed.value : [],
    toleranceSeconds,
  } as OwnSourceDefinition;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
