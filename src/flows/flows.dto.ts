import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { IsInstant } from '../clock/instant.dto.js';
import { IdCursor, OpaqueCursor, PageLimit, PageQuery } from '../paging/page.dto.js';
import { RUN_STATUSES, type RunStatus } from './flows.tables.js';

export class ListFlowsDto extends PageQuery {
  @ApiPropertyOptional({ type: Boolean, description: 'Only those that are, or are not, enabled.' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  enabled?: boolean;
}

/** Of a column of four bytes. */
const LARGEST_VERSION = 2_147_483_647;

/** Newest first, in the order of their numbers. */
export class ListVersionsDto {
  @PageLimit({ default: 200 })
  limit: number = 200;

  @OpaqueCursor()
  cursor?: string;
}

export class GetFlowDto {
  @ApiPropertyOptional({ enum: ['json', 'yaml'], default: 'json' })
  @IsOptional()
  @IsIn(['json', 'yaml'])
  format?: 'json' | 'yaml';

  @ApiPropertyOptional({ description: 'An earlier version; the current one by default.' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LARGEST_VERSION)
  version?: number;
}

export class ListRunsDto extends PageQuery {
  @ApiPropertyOptional({ enum: RUN_STATUSES })
  @IsOptional()
  @IsIn(RUN_STATUSES)
  status?: RunStatus;
}

export class ListAllRunsDto extends ListRunsDto {
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(64)
  flowId?: string;

  @ApiPropertyOptional({ description: 'The runs that this event started.' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  eventId?: string;
}

export class RunFlowDto {
  @ApiPropertyOptional({ description: 'What the run sees as event: source, type, workspaceId, subjectId …' })
  @IsOptional()
  @IsObject()
  event?: Record<string, unknown>;

  @ApiPropertyOptional({ description: 'What the run sees as payload.', example: { name: 'Acme' } })
  @IsOptional()
  payload?: unknown;

  @ApiPropertyOptional({ description: 'Start the run even where the conditions of the flow do not hold.' })
  @IsOptional()
  @IsBoolean()
  ignoreConditions?: boolean;
}

export class ReplayRunDto {
  @ApiPropertyOptional({ enum: ['current', 'same'], default: 'current' })
  @IsOptional()
  @IsIn(['current', 'same'])
  version?: 'current' | 'same';
}

export class BacktestDto {
  @ApiProperty({ type: String, format: 'date-time', example: '2026-11-20T00:00:00Z' })
  @IsInstant()
  from!: string;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-11-21T00:00:00Z' })
  @IsInstant()
  to!: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 100 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  limit?: number;

  @IdCursor('The nextCursor of the page before: what is left of the range. Empty for the first.')
  cursor?: string;

  @ApiPropertyOptional({ description: 'A draft to try in place of the stored definition.' })
  @IsOptional()
  @IsObject()
  definition?: Record<string, unknown>;

  @ApiPropertyOptional({ description: 'What steps answer, by their id.', example: { create: { id: 'p1' } } })
  @IsOptional()
  @IsObject()
  results?: Record<string, unknown>;
}
