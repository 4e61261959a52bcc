import { Injectable } from '@nestjs/common';
import { pageById } from '../paging/page.js';
import type { Reach } from '../access/reach.js';
import { codeOf } from '../errors/app-error.js';
import type { ListRunsDto, RunDto, RunPageDto } from './actions.dto.js';
import { RunNotFoundError } from './actions.errors.js';
import { RunHistoryRepository, type RunRow } from './run-history.repository.js';

@Injectable()
export class RunHistoryService {
  constructor(private readonly repository: RunHistoryRepository) {}

  async list({ limit, cursor, from, to, ...filter }: ListRunsDto, reach: Reach): Promise<RunPageDto> {
    const rows = await this.repository.list({
      ...filter,
      reach,
      limit: limit + 1,
      ...(cursor === undefined ? {} : { beforeId: cursor }),
      ...(from === undefined ? {} : { from: new Date(from) }),
      ...(to === undefined ? {} : { to: new Date(to) }),
    });
    return pageById(rows, { limit, view: (row) => toDto(row, reach) });
  }

  async find(id: string, reach: Reach): Promise<RunDto> {
    const row = await this.repository.find(id, reach);
    if (!row) throw new RunNotFoundError();
    return toDto(row, reach);
  }
}

function toDto(row: RunRow, { seesPayloads }: Reach): RunDto {
  const shown = (json: string | null): unknown => (seesPayloads ? read(json) : null);
  const shownError = (json: string | null): unknown => (seesPayloads ? read(json) : codeOf(read(json)));
  return {
    id: row.id,
    integration: row.integration,
    operation: row.operation,
    outcome: row.outcome,
    isWrite: row.is_write,
    caller: row.caller_name,
    requestId: row.request_id,
    idempotencyKey: row.idempotency_key,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    durationMs: row.duration_ms,
    params: shown(row.params),
    result: shown(row.result),
    error: shownError(row.error),
    late:
      row.late_at === null || row.late_outcome === null
        ? null
        : {
            outcome: row.late_outcome,
            at: row.late_at,
            result: shown(row.late_result),
            error: shownError(row.late_error),
          },
  };
}

function read(json: string | null): unknown {
  return json === null ? null : (JSON.parse(json) as unknown);
}
