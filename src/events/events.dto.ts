import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { AsEdge } from '../clock/instant.dto.js';
import { IsOmittable } from '../http/is-omittable.js';
import { IdCursor, PageLimit } from '../paging/page.dto.js';

export const EVENT_STATUSES = ['waiting', 'handling', 'retrying', 'done', 'dead', 'repeat'] as const;
export type EventStatus = (typeof EVENT_STATUSES)[number];

const HANDLER_STATUSES = ['handled', 'pending', 'not wanted', 'unknown'] as const;

/** Which events; all of them where nothing is said. */
export class EventFilter {
  @ApiPropertyOptional({ example: 'clockify' })
  @IsOmittable()
  @IsString()
  @MaxLength(200)
  source?: string;

  @ApiPropertyOptional({ example: 'NEW_TIME_ENTRY' })
  @IsOmittable()
  @IsString()
  @MaxLength(200)
  type?: string;

  @ApiPropertyOptional()
  @IsOmittable()
  @IsString()
  @MaxLength(200)
  workspaceId?: string;

  @ApiPropertyOptional({ enum: EVENT_STATUSES })
  @IsOmittable()
  @IsIn(EVENT_STATUSES)
  status?: EventStatus;

  @ApiPropertyOptional({ description: 'Received at this time or later', type: String, format: 'date-time' })
  @IsOmittable()
  @AsEdge()
  from?: Date;

  @ApiPropertyOptional({ description: 'Received before this time', type: String, format: 'date-time' })
  @IsOmittable()
  @AsEdge()
  to?: Date;
}

export class EventQuery extends EventFilter {
  @PageLimit()
  limit: number = 50;

  @IdCursor()
  cursor?: string;
}

export class ReplayRequest extends EventFilter {
  @ApiPropertyOptional({ description: 'Only count what would be replayed', default: false })
  @IsOmittable()
  @IsBoolean()
  dryRun: boolean = false;

  @ApiPropertyOptional({
    description: 'Replay at most this many, oldest first',
    default: 10_000,
    maximum: 100_000,
  })
  @IsOmittable()
  @IsInt()
  @Min(1)
  @Max(100_000)
  limit: number = 10_000;
}

export class EventView {
  @ApiProperty() id!: string;
  @ApiProperty({ example: 'clockify' }) source!: string;
  @ApiProperty({ example: 'NEW_TIME_ENTRY' }) type!: string;
  @ApiProperty({ description: 'The type was guessed from the payload' }) isTypeInferred!: boolean;
  @ApiProperty({ type: String, nullable: true }) workspaceId!: string | null;
  @ApiProperty({ type: String, nullable: true }) userId!: string | null;
  @ApiProperty({ type: String, nullable: true }) subjectId!: string | null;
  @ApiProperty({ enum: EVENT_STATUSES }) status!: EventStatus;
  @ApiProperty({ type: String, format: 'date-time' }) receivedAt!: Date;
  @ApiProperty({ type: String, nullable: true, description: 'The first delivery of the same event' })
  repeatOf!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The event that this one replays' })
  replayOf!: string | null;
}

export class EventPage {
  @ApiProperty({ type: [EventView] }) items!: EventView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class HandlerProgress {
  @ApiProperty() name!: string;
  @ApiProperty({
    enum: HANDLER_STATUSES,
    description:
      'unknown: the event is through, and no effect of the handler is recorded, if it wanted the event',
  })
  status!: (typeof HANDLER_STATUSES)[number];
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) handledAt!: Date | null;
}

export class EventDetails extends EventView {
  @ApiProperty({ type: Object }) payload!: unknown;
  @ApiProperty({ type: Object, description: 'Headers of the delivery, without secrets' }) headers!: object;
  @ApiProperty({ type: [String], description: 'What was changed so that it could be stored' })
  changes!: string[];
  @ApiProperty({ type: String, nullable: true, description: "The sender's own id" }) deliveryId!:
    string | null;
  @ApiProperty({ description: 'Of the request that delivered it' }) requestId!: string;
  @ApiProperty({ description: 'Failed tries so far' }) attempts!: number;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) nextTryAt!: Date | null;
  @ApiProperty({ type: Object, nullable: true }) lastError!: unknown;
  @ApiProperty({ type: [HandlerProgress] }) handlers!: HandlerProgress[];
}

export class Replayed {
  @ApiProperty({ description: 'Id of the new event, which is handled like any other' }) eventId!: string;
  @ApiProperty() replayOf!: string;
}

export class ReplayedMany {
  @ApiProperty({ description: 'Events that the filter means' }) matched!: number;
  @ApiProperty() replayed!: number;
  @ApiProperty() dryRun!: boolean;
}
