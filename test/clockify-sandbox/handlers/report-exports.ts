import { AsIs } from '../sandbox-call.js';
import { type Fields, fieldsOf } from '../sandbox-entity.js';

const TYPES: Readonly<Record<string, string>> = {
  PDF: 'application/pdf',
  XLSX: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ZIP: 'application/zip',
};

/** The report as JSON, or as the file that `exportType` asks for. Only CSV has the rows in it. */
export function exported(filter: Fields, report: Fields): Fields | AsIs {
  const type = String(filter['exportType'] ?? 'JSON');
  if (type === 'CSV') return new AsIs(csv(report), 'text/csv');
  const contentType = TYPES[type];
  if (contentType === undefined) return report;
  return new AsIs(
    Buffer.from(type === 'PDF' ? '%PDF-1.4\n%%EOF\n' : 'PK\u0003\u0004', 'latin1'),
    contentType,
  );
}

function csv(report: Fields): string {
  const rows = Object.values(report).find((value) => Array.isArray(value) && value.length > 0);
  const list = ((rows as unknown[] | undefined) ?? []).map(fieldsOf);
  const names = Object.keys(list[0] ?? {});
  const cell = (value: unknown): string =>
    `"${(typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).replaceAll('"', '""')}"`;
  return [names.join(','), ...list.map((row) => names.map((name) => cell(row[name])).join(','))].join('\n');
}
