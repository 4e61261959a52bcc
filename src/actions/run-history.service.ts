import { Injectable } from '@nestjs/common';
import { pageById } from '../paging/page.js';
import type { ListRunsDto, RunDto, RunPageDto } from './actions.dto.js';
import { RunNotFoundError } from './actions.errors.js';
import { RunHistoryRepository, type RunRow } from './run-history.repository.js';

@Injectable()
export class RunHistoryService {
  constructor(private readonly repository: RunHistoryRepository) {}

  async list({ limit, cursor, from, to, ...filter }: ListRunsDto): Promise<RunPageDto> {
    const rows = await this.repository.list({
      ...filter,
      limit: limit + 1,
      ...(cursor === undefined ? {} : { beforeId: cursor }),
      ...(from === undefined ? {} : { from: new Date(from) }),
      ...(to === undefined ? {} : { to: new Date(to) }),
    });
    return pageById(rows, { limit, view: toDto });
  }

  async find(id: string): Promise<RunDto> {
    const row = await this.repository.find(id);
    if (!row) throw new RunNotFoundError();
    return toDto(row);
  }
}

function toDto(row: RunRow): RunDto {
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
    params: read(row.params),
    result: read(row.result),
    error: read(row.error),
    late:
      row.late_at === null || row.late_outcome === null
        ? null
        : {
            outcome: row.late_outcome,
            at: row.late_at,
            result: read(row.late_result),
            error: read(row.late_error),
          },
  };
}

function read(json: string | null): unknown {
  return json === null ? null : (JSON.parse(json) as unknown);
}
