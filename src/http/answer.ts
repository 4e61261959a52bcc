import { AppError } from '../errors/app-error.js';

/** A body that says itself how it stands in the envelope. Anything else a controller returns becomes `data`. */
export abstract class Answer {
  readonly contentType: string = 'application/json; charset=utf-8';
  abstract render(requestId: string): string;
}

export function renderData(data: unknown, requestId: string): string {
  return `{"ok":true,"data":${JSON.stringify(data) ?? 'null'},"requestId":${JSON.stringify(requestId)}}`;
}

/** The documented exception: the fields of an object stand beside `ok` and `requestId`, which they never override. */
export class FlatAnswer extends Answer {
  constructor(private readonly fields: Readonly<Record<string, unknown>>) {
    super();
  }

  override render(requestId: string): string {
    const { ok: _ok, requestId: _requestId, ...fields } = this.fields;
    return JSON.stringify({ ok: true, ...fields, requestId });
  }
}

/** Text of another content type, without an envelope. */
export class TextAnswer extends Answer {
  constructor(
    override readonly contentType: string,
    private readonly text: string,
  ) {
    super();
  }

  override render(): string {
    return this.text;
  }
}

export class ErrorAnswer extends Answer {
  constructor(private readonly error: AppError) {
    super();
  }

  override render(requestId: string): string {
    const { code, message, details } = this.error;
    return JSON.stringify({
      ok: false,
      error: { code, message, ...(details === undefined ? {} : { details }) },
      requestId,
    });
  }
}

/** A readiness report that is not a success and not an error either: `ok` follows the status. */
export class StatusAnswer extends Answer {
  constructor(
    private readonly isOk: boolean,
    private readonly data: unknown,
  ) {
    super();
  }

  override render(requestId: string): string {
    return JSON.stringify({ ok: this.isOk, data: this.data, requestId });
  }
}
